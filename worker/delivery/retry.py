"""When to try again (RFC 5321 section 4.5.4.1), as one pure function."""

import random
from datetime import datetime, timedelta

from app.models import DeliveryKind

SCHEDULE = tuple(timedelta(minutes=m) for m in (15, 30, 60, 120, 240))
LATER = timedelta(hours=6)
JITTER = 0.2
GIVE_UP = {DeliveryKind.STATEMENT: timedelta(hours=72)}
GIVE_UP_NOTICE = timedelta(hours=24)


def next_attempt(
    kind: DeliveryKind, attempts: int, first: datetime, now: datetime, chance: random.Random
) -> datetime | None:
    """The moment of the next try after `attempts` tries, ±20 %; None when it is time to give up.

    Statements are tried for 72 hours, notices for 24 (the link in them expires anyway).
    """
    pause = SCHEDULE[attempts - 1] if 0 < attempts <= len(SCHEDULE) else LATER
    moment = now + pause * chance.uniform(1 - JITTER, 1 + JITTER)
    return moment if moment - first <= GIVE_UP.get(kind, GIVE_UP_NOTICE) else None
