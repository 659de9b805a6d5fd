"""The limits that all sending processes share, kept by Redis; what Redis has forgotten is counted anew in the ledger.

While Redis does not answer, nothing that is limited is given.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from redis.exceptions import RedisError
from sqlalchemy.orm import Session, sessionmaker

from app.clock import Clock
from app.mailbox_providers import DomainGroup
from app.redis_client import redis_client
from app.relay_settings import RelaySettings
from worker.limits import words
from worker.limits.counts import Ledger
from worker.limits.limit import UNCOUNTED, Answer, Limit
from worker.limits.scripts import DAY, GIVE_BACK, HOUR, SEED, TAKE

_AWAY = 1.0
_LOCK = 60_000
_RECENT = timedelta(seconds=5)
log = structlog.get_logger()


class SharedLimits:
    """Permits by one script in Redis, all limits of a relay or group at once; a `Throttle`.

    `now` replaces Redis' own time, in milliseconds since 1970, where a test needs another.
    """

    def __init__(
        self,
        redis_url: str,
        relays: Sequence[RelaySettings],
        groups: Sequence[DomainGroup],
        sessions: sessionmaker[Session],
        clock: Clock,
        *,
        ramp: Sequence[int] = (),
        now: Callable[[], int] | None = None,
    ) -> None:
        self.groups = tuple(groups)
        self.wait = 0.0
        self._limits = {relay.name: Limit.of_relay(relay, ramp) for relay in relays if relay.is_limited}
        self._group_limits = {group.name: Limit.of_group(group) for group in groups}
        self._clock = clock
        self._now = now
        self._ledger = Ledger(sessions)
        self._redis = redis_client(redis_url)
        self._take = self._redis.register_script(TAKE)
        self._return = self._redis.register_script(GIVE_BACK)
        self._seed = self._redis.register_script(SEED)
        self._away_until = 0.0
        self._reasons: dict[str, tuple[str, datetime]] = {}

    def relays(self, wanted: Mapping[str, int], urgent: bool = False) -> Mapping[str, int]:
        """For each relay, how many of the wanted messages may be sent through it now."""
        for name, limit in self._limits.items():
            if name not in wanted:
                self._reasons.pop(limit.who, None)
        asked = {name: self._limits[name] for name, number in wanted.items() if number > 0 and name in self._limits}
        given = self._ask([(limit, wanted[name]) for name, limit in asked.items()], urgent=urgent)
        permits = {**wanted, **dict(zip(asked, given, strict=True))}
        if any(number == wanted[name] > 0 for name, number in permits.items()):
            self.wait = 0.0
        return permits

    def give_back(self, relay: str, number: int) -> None:
        """So many permits of a relay are not used."""
        if relay in self._limits:
            self._give_back(self._limits[relay], number)

    def group(self, name: str, wanted: int) -> int:
        """How many messages may be sent to a group of domains now."""
        if wanted <= 0:
            return 0
        return self._ask([(self._group_limits[name], wanted)])[0]

    def give_back_group(self, name: str, number: int) -> None:
        """So many permits of a group are not used."""
        self._give_back(self._group_limits[name], number)

    @property
    def reason(self) -> str:
        """Why less than wanted was given in the last seconds, in words for staff; empty if everything was given."""
        now = self._clock()
        recent = [said for said, until in self._reasons.values() if until >= now]
        return "; ".join(dict.fromkeys(recent))

    def _ask(self, asked: Sequence[tuple[Limit, int]], *, urgent: bool = False) -> Sequence[int]:
        """Permits for each; notes why there are fewer than wanted, and when there may be more."""
        self.wait = 0.0
        if not asked:
            return []
        answers = self._answers(asked, urgent=urgent)
        if answers is None:
            return self._nothing(asked)
        for (limit, wanted), answer in zip(asked, answers, strict=True):
            self._note(limit, wanted, answer)
        if all(answer.given < wanted for (_, wanted), answer in zip(asked, answers, strict=True)):
            now = self._clock()
            self.wait = min(
                limit.patience(answer.window, answer.wait, now)
                for (limit, _), answer in zip(asked, answers, strict=True)
            )
        return [answer.given for answer in answers]

    def _answers(self, asked: Sequence[tuple[Limit, int]], *, urgent: bool) -> Sequence[Answer] | None:
        """What Redis says; None while it is away. What it has forgotten is counted anew when it is time for that."""
        if time.monotonic() < self._away_until:
            return None
        today = self._clock().date()
        keys = [key for limit, _ in asked for key in limit.keys]
        numbers = [number for limit, wanted in asked for number in (wanted, *limit.on(today))]
        try:
            flat = self._take(keys, [self._time(), int(urgent), *numbers])
            answers = [Answer.of(flat[place : place + 4]) for place in range(0, len(flat), 4)]
            for (limit, _), answer in zip(asked, answers, strict=True):
                if answer.window == UNCOUNTED and not answer.wait:
                    self._count_anew(limit)
        except (RedisError, OSError) as error:
            if not self._away_until:
                log.warning("limits.redis_away", error=str(error))
            self._away_until = time.monotonic() + _AWAY
            return None
        self._away_until = 0.0
        return answers

    def _note(self, limit: Limit, wanted: int, answer: Answer) -> None:
        limit.take_note(answer.stamp, answer.given)
        if answer.given < wanted:
            now = self._clock()
            self._reasons[limit.who] = (limit.why(answer.window, answer.wait, now), now + _RECENT)
        else:
            self._reasons.pop(limit.who, None)

    def _nothing(self, asked: Sequence[tuple[Limit, int]]) -> Sequence[int]:
        """Redis is away: nothing is given, and it is asked again a moment later."""
        self.wait = _AWAY
        for limit, _ in asked:
            self._reasons[limit.who] = (words.REDIS_AWAY, self._clock() + _RECENT)
        return [0] * len(asked)

    def _give_back(self, limit: Limit, number: int) -> None:
        rates = limit.on(self._clock().date())
        try:
            for stamp, part in limit.returned(number):
                self._return(limit.keys, [self._time(), stamp, part, *rates])
        except (RedisError, OSError):
            # they stay counted: less is sent than might be, never more
            self._away_until = time.monotonic() + _AWAY

    def _count_anew(self, limit: Limit) -> None:
        """Tell Redis what the ledger knows; one process counts, and the others get nothing until it has."""
        _, per_hour, per_day = limit.on(self._clock().date())
        for key, allowed, (size, width) in zip(limit.keys[1:], (per_hour, per_day), (HOUR, DAY), strict=True):
            lock, owner = f"{key}:lock", uuid4().hex
            if not allowed or self._redis.hexists(key, "since") or not self._redis.set(lock, owner, nx=True, px=_LOCK):
                continue
            if limit.relay:
                counts = self._ledger.of_relay(limit.relay, self._clock(), size=size, width=width)
            else:
                counts = self._ledger.of_domains(limit.domains, self._clock(), size=size, width=width)
            flat = [number for bucket in counts.items() for number in bucket]
            self._seed([key, lock], [self._time(), owner, *flat])

    def _time(self) -> int | str:
        return "" if self._now is None else self._now()
