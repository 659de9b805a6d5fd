"""Warm-up of a new sender address: so many messages on the first day, more on each day after, then no limit."""

from collections.abc import Sequence
from datetime import date


def parse_ramp(text: str) -> tuple[int, ...]:
    """Read the table, messages per day from the first day on: `200,500,1000`. ValueError says what is wrong."""
    steps = [part.strip() for part in text.split(",") if part.strip()]
    if not all(step.isascii() and step.isdigit() and 0 < int(step) < 10**9 for step in steps):
        raise ValueError("write the messages of each day with commas between them, such as 200,500,1000,2000")
    return tuple(map(int, steps))


def ramp_limit(ramp: Sequence[int], first_day: date | None, today: date) -> int:
    """How many messages may go on this day; 0: as many as one likes. Days before the first count as the first."""
    if first_day is None:
        return 0
    day = max(0, (today - first_day).days)
    return ramp[day] if day < len(ramp) else 0
