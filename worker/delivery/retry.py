"""When to try again (RFC 5321 section 4.5.4.1), and when to stop trying."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from app.models import DeliveryKind
from app.settings import Settings


def _minutes(*numbers: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=number) for number in numbers)


DIRECT = _minutes(15, 30, 60, 120, 240, 360)
"""Where we talk to the readers' own servers: they don't want to be asked more often."""
RELAYED = _minutes(2, 5, 15, 30, 60, 120)
"""Where a relay retries its recipients itself: what it puts off is the handing over, which soon works again."""
ABOUT_US = _minutes(60, 120, 240, 360)
"""After an answer that speaks about us: staff need time to put it right, and asking often makes a block worse."""
JITTER = 0.2
GIVE_UP = timedelta(hours=72)
GIVE_UP_NOTICE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Retries:
    """The schedules of an installation.

    `direct` names the relays that leave retrying to us; `give_up` is how long statements are tried. Notices are tried
    for a day: the link in them expires anyway.
    """

    direct: frozenset[str] = frozenset()
    give_up: timedelta = GIVE_UP
    chance: random.Random = field(default_factory=random.SystemRandom)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """As the settings say."""
        direct = frozenset(relay.name for relay in settings.relays if relay.retry == "direct")
        return cls(direct, timedelta(hours=settings.give_up_hours))

    def schedule(self, relay: str, *, is_about_us: bool) -> tuple[timedelta, ...]:
        """The pauses after an answer of this relay; the last one is repeated."""
        if is_about_us:
            return ABOUT_US
        return DIRECT if relay in self.direct else RELAYED

    def limit(self, kind: DeliveryKind) -> timedelta:
        """How long after it was made a message of this kind is still tried."""
        return self.give_up if kind is DeliveryKind.STATEMENT else GIVE_UP_NOTICE


def next_attempt(
    schedule: tuple[timedelta, ...], attempts: int, now: datetime, *, until: datetime, chance: random.Random
) -> datetime | None:
    """The moment of the next try after `attempts` tries, ±20 %; None when that would be after `until`.

    The jitter keeps what was put off together from coming back together.
    """
    pause = schedule[min(max(attempts, 1), len(schedule)) - 1]
    moment = now + pause * chance.uniform(1 - JITTER, 1 + JITTER)
    return moment if moment <= until else None
