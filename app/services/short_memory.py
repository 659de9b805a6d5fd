"""What was asked of the world outside a moment ago, kept in Redis for a while, so that not every page asks again.

Nothing depends on it: where Redis doesn't answer, nothing is remembered.
"""

import json
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.settings import Settings

_PATIENCE = 1.0
_PREFIX = "communique:memory:"


def remember(settings: Settings, name: str, value: Any, *, seconds: int) -> None:
    """Keep what JSON can say, for so many seconds."""
    try:
        with _client(settings) as redis:
            redis.set(_PREFIX + name, json.dumps(value), ex=seconds)
    except (RedisError, OSError, ValueError):
        return


def recall(settings: Settings, name: str) -> Any | None:
    """What was kept, or None."""
    try:
        with _client(settings) as redis:
            kept = redis.get(_PREFIX + name)
        return None if kept is None else json.loads(kept)
    except (RedisError, OSError, ValueError):
        return None


def _client(settings: Settings) -> Redis:
    return Redis.from_url(
        settings.redis_url,
        decode_responses=True,
        socket_connect_timeout=_PATIENCE,
        socket_timeout=_PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
