"""Signs of life, kept in Redis: which workers were seen and when, when the sweep ran last, how many calls wait.

The workers write them (`worker/heartbeat.py`), the console reads them. Nothing depends on them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from redis.exceptions import RedisError

from app.jobs import BULK, PLANNING, TRANSACTIONAL
from app.redis_client import redis_client
from app.settings import Settings

QUEUES = (TRANSACTIONAL, BULK, PLANNING)
FRESH = timedelta(seconds=45)
"""A worker writes every ten seconds; one that was silent for so long is not there."""
_KEPT = timedelta(days=30)
_SWEPT = "communique:swept"


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue: how many workers there are for it, when the last of them was seen, and how many calls wait in it."""

    name: str
    workers: int
    seen_at: datetime | None
    calls: int


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of the background, and when its sweep ran last."""

    queues: Sequence[Queue]
    swept_at: datetime | None


class Pulse:
    """What the workers write with. Where Redis doesn't answer, nothing is written."""

    def __init__(self, redis_url: str) -> None:
        self._redis = redis_client(redis_url)

    def seen(self, queue: str, name: str, at: datetime) -> None:
        """A worker for this queue is there."""
        key = _seen(queue)
        try:
            with self._redis.pipeline() as pipe:
                pipe.zadd(key, {name: at.timestamp()})
                pipe.zremrangebyscore(key, "-inf", (at - _KEPT).timestamp())
                pipe.expire(key, _KEPT)
                pipe.execute()
        except (RedisError, OSError):
            return

    def swept(self, at: datetime) -> None:
        """The sweep ran."""
        try:
            self._redis.set(_SWEPT, at.timestamp(), ex=_KEPT)
        except (RedisError, OSError):
            return


def look(settings: Settings, *, now: datetime) -> Signs | None:
    """What is known; None where Redis doesn't answer."""
    try:
        with redis_client(settings.redis_url) as redis, redis.pipeline(transaction=False) as pipe:
            for queue in QUEUES:
                pipe.zcount(_seen(queue), (now - FRESH).timestamp(), "+inf")
                pipe.zrange(_seen(queue), 0, 0, desc=True, withscores=True)
                pipe.llen(queue)
            pipe.get(_SWEPT)
            *found, swept = pipe.execute()
    except (RedisError, OSError):
        return None
    queues = [
        Queue(name, found[place], _moment(found[place + 1][0][1]) if found[place + 1] else None, found[place + 2])
        for name, place in zip(QUEUES, range(0, len(found), 3), strict=True)
    ]
    return Signs(queues, _moment(swept) if swept else None)


def _seen(queue: str) -> str:
    return f"communique:seen:{queue}"


def _moment(seconds: str | float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
