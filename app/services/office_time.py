"""Moments as the office's clocks show them: read from what staff typed, spelled in sentences for them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.errors import Invalid, Problem
from app.mail.templates import WORDING

FIELD = "at"
_FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
_UTC = ZoneInfo("UTC")


def parse_moment(text: str, zone: ZoneInfo, *, now: datetime) -> datetime:
    """A future moment as typed in the office, such as `2026-12-01 09:00`; gives it in UTC.

    Raises Invalid for what is no time, is past, or, where clocks change, does not exist or comes twice.
    """
    wall = _wall_clock(text)
    early, late = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() != late.utcoffset():
        raise _refused(_clock_change(wall, early, late, zone))
    moment = early.astimezone(UTC)
    if moment <= now:
        present = now.astimezone(zone)
        raise _refused(f"That is past: in {zone.key} it is {present:%Y-%m-%d %H:%M} now. Choose a later time.")
    return moment


def spell_moment(moment: datetime, zone: ZoneInfo = _UTC) -> str:
    """A moment as sentences for staff name it, with its time zone."""
    there = moment.astimezone(zone)
    return f"{WORDING.spell_date(there.date())} at {there:%H:%M} {zone.key}"


def spell_time(moment: datetime, zone: ZoneInfo, *, now: datetime) -> str:
    """The time of day alone if it is today in the office, else the whole moment."""
    there = moment.astimezone(zone)
    is_today = there.date() == now.astimezone(zone).date()
    return f"{there:%H:%M}" if is_today else spell_moment(moment, zone)


def _wall_clock(text: str) -> datetime:
    for form in _FORMS:
        try:
            return datetime.strptime(" ".join(text.split()), form)  # noqa: DTZ007 - its zone is the office's
        except ValueError:
            continue
    raise _refused(f"“{text}” is no day and time. Write it like 2026-12-01 09:00.")


def _clock_change(wall: datetime, early: datetime, late: datetime, zone: ZoneInfo) -> str:
    """What is wrong with a time at a change of clocks (PEP 495: in a gap the first reading has the smaller offset)."""
    day = f"{wall:%Y-%m-%d}"
    before, after = early.utcoffset(), late.utcoffset()
    assert before is not None
    assert after is not None
    if before > after:
        return f"{wall:%H:%M} comes twice on {day} in {zone.key}: the clocks go back. Choose a time before or after."
    return f"There is no {wall:%H:%M} on {day} in {zone.key}: the clocks go forward over it. Choose another time."


def _refused(words: str) -> Invalid:
    return Invalid(Problem(words, field=FIELD))
