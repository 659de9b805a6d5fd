"""How Redis is talked to: briefly. A server that is away must hold up neither a page nor mail that needs no limit."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

_PATIENCE = 1.0


def redis_client(url: str) -> Redis:
    """A client that waits at most a second, and tries once more only if the connection had been closed meanwhile."""
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=_PATIENCE,
        socket_timeout=_PATIENCE,
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    )
