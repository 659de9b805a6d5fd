"""How many connections all processes together hold to a relay: leases in Redis that run out with their process.

A lease lasts a minute and is renewed every few seconds. When Redis has forgotten them, the holders register again at
their next renewal, and nobody opens a new connection until they had the time to; only where the ledger shows that
nothing was sent through the relay lately, so that nobody can hold a connection, is there nothing to wait for.
"""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import uuid4

from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from app.clock import Clock, utc_now
from app.redis_client import redis_client
from app.settings import Settings

LEASE = 60.0
RENEWAL = 10.0
GRACE = 12.0
_MARK_KEPT = 86_400.0
_AWAY = 1.0
_UNCERTAIN = -1
# a connection that carries nothing is closed after a minute, and one that hangs after ten
_IDLE = timedelta(minutes=12)

_WRITTEN = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease, kept, grace = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local from = tonumber(redis.call('GET', KEYS[2]) or '')
if not from and grace >= 0 then from = now + grace end
if from then redis.call('SET', KEYS[2], from, 'PX', kept) end
"""
# KEYS: the leases, and a mark that says from when on new ones may be had. ARGV: how long a lease and the mark last, how
# long to wait if the mark is missing (-1: nobody knows), all in ms; the most leases; the new ones.
# Gives 1 if they were had, 0 if not, -1 if the mark is missing and nobody knows how long to wait.
_TAKE = (
    _WRITTEN
    + """
if not from then return -1 end
if now < from then return 0 end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) + #ARGV - 4 > tonumber(ARGV[4]) then return 0 end
for place = 5, #ARGV do redis.call('ZADD', KEYS[1], now + lease, ARGV[place]) end
return 1
"""
)
# The same without the most: leases that are held already.
_KEEP = (
    _WRITTEN
    + """
for place = 4, #ARGV do redis.call('ZADD', KEYS[1], now + lease, ARGV[place]) end
"""
)
_BUSY = text("SELECT EXISTS (SELECT 1 FROM deliveries WHERE sent_at > :since AND relay = :relay)")


class SharedLines:
    """Leases of connections; while Redis does not answer, none is had, and those that are held stay held.

    `most` is the number for each relay; one that is not named, or with 0, has no limit. `is_busy` says whether somebody
    may hold a connection to a relay, judged by the ledger; `clock` measures seconds. `is_urgent` says that they are
    for notices, to which everything else leaves the last one.
    """

    is_urgent = False

    def __init__(
        self,
        redis_url: str,
        most: Mapping[str, int],
        is_busy: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = {relay: number for relay, number in most.items() if number}
        self._is_busy = is_busy
        self._clock = clock
        self._held: dict[str, list[str]] = {relay: [] for relay in self._most}
        self._redis = redis_client(redis_url)
        self._take = self._redis.register_script(_TAKE)
        self._keep = self._redis.register_script(_KEEP)
        self._kept_at = self._away_until = clock()

    def take(self, relay: str, number: int) -> bool:
        """Whether so many more connections may be opened; if so, they are held until they are given back."""
        if relay not in self._most or number <= 0:
            return True
        if self._clock() < self._away_until:
            return False
        new = [uuid4().hex for _ in range(number)]
        try:
            had = self._try(relay, new, GRACE if self._held[relay] else _UNCERTAIN)
            if had == _UNCERTAIN:
                had = self._try(relay, new, GRACE if self._is_busy(relay) else 0.0)
        except (RedisError, OSError):
            self._away_until = self._clock() + _AWAY
            return False
        if had != 1:
            return False
        self._held[relay] += new
        return True

    def give_back(self, relay: str, number: int) -> None:
        """So many were closed."""
        held = self._held.get(relay, [])
        gone = [held.pop() for _ in range(min(number, len(held)))]
        if gone and self._clock() >= self._away_until:
            try:
                self._redis.zrem(_leases(relay), *gone)
            except (RedisError, OSError):
                # they run out by themselves
                self._away_until = self._clock() + _AWAY

    def keep(self) -> None:
        """Renew what is held, if that was not done a moment ago; said at least every ten seconds."""
        now = self._clock()
        if now < max(self._kept_at + RENEWAL / 2, self._away_until):
            return
        try:
            for relay, held in self._held.items():
                if held:
                    self._keep([_leases(relay), _mark(relay)], [*_lengths(GRACE), *held])
        except (RedisError, OSError):
            self._away_until = now + _AWAY
            return
        self._kept_at = now

    def _try(self, relay: str, new: list[str], grace: float) -> int:
        most = self._most[relay]
        kept_free = int(most > 1 and not self.is_urgent)
        return int(self._take([_leases(relay), _mark(relay)], [*_lengths(grace), most - kept_free, *new]))


def lines_for(
    settings: Settings, sessions: sessionmaker[Session] | None = None, clock: Clock = utc_now
) -> SharedLines | None:
    """What keeps the connections of an installation; None if no relay limits those of all processes together.

    Without `sessions` nobody can tell a first start from a Redis that has forgotten: the start waits as well.
    """
    most = {relay.name: relay.all_connections for relay in settings.relays if relay.all_connections}
    if not most:
        return None

    def is_busy(relay: str) -> bool:
        if sessions is None:
            return True
        with sessions() as session:
            return bool(session.scalar(_BUSY, {"since": clock() - _IDLE, "relay": relay}))

    return SharedLines(settings.redis_url, most, is_busy)


def _leases(relay: str) -> str:
    return f"communique:lines:{relay}"


def _mark(relay: str) -> str:
    return f"communique:lines:{relay}:from"


def _lengths(grace: float) -> tuple[int, int, int]:
    """Lease, mark and grace in milliseconds; a grace that nobody knows stays as it is."""
    return int(LEASE * 1000), int(_MARK_KEPT * 1000), int(grace * 1000) if grace > 0 else int(grace)
