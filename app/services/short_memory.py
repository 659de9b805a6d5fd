"""What was asked of the world outside a moment ago, kept in Redis for a while, so that not every page asks again.

Nothing depends on it: where Redis doesn't answer, nothing is remembered.
"""

import json
from typing import Any

from redis.exceptions import RedisError

from app.redis_client import redis_client
from app.settings import Settings

_PREFIX = "communique:memory:"


def remember(settings: Settings, name: str, value: Any, *, seconds: int) -> None:
    """Keep what JSON can say, for so many seconds."""
    try:
        with redis_client(settings.redis_url) as redis:
            redis.set(_PREFIX + name, json.dumps(value), ex=seconds)
    except (RedisError, OSError, ValueError):
        return


def recall(settings: Settings, name: str) -> Any | None:
    """What was kept, or None."""
    try:
        with redis_client(settings.redis_url) as redis:
            kept = redis.get(_PREFIX + name)
        return None if kept is None else json.loads(kept)
    except (RedisError, OSError, ValueError):
        return None
