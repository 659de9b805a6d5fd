"""Why it goes slowly, in words for staff."""

from datetime import datetime, timedelta

REDIS_AWAY = "the Redis server does not answer; limits can't be kept, so nothing is sent"
_MINUTE = timedelta(minutes=1)
_PLAIN = {"hour": "this hour", "day": "today"}


def waiting(who: str, per_second: int) -> str:
    """The limit of a second holds it up, all the time."""
    return f"waiting for {who}: {per_second:,} a second"


def counting(who: str) -> str:
    """What was sent lately is being counted, because Redis doesn't know it (any more)."""
    return f"counting what {who} was given lately"


def used_up(who: str, number: int, window: str, *, now: datetime, until: datetime) -> str:
    """All that an hour or a day allows was sent; `until` is rounded up to the minute. Times are in UTC."""
    verb = "has sent its" if who.startswith("relay ") else "was sent its"
    at = until if until.second == until.microsecond == 0 else until.replace(second=0, microsecond=0) + _MINUTE
    day = "" if at.date() == now.date() else f" on {at.day} {at:%B}"
    return f"{who} {verb} {number:,} for {_PLAIN[window]}; it goes on at {at:%H:%M} UTC{day}"
