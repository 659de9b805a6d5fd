"""How the list of readers grows: who confirmed, who left and whose address was lost, week by week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Select, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.models import ConsentEvent, ConsentKind, Suppression, SuppressionReason

WEEKS = 12
_CAME = (ConsentKind.CONFIRMED, ConsentKind.IMPORTED)
_LOST = (SuppressionReason.HARD, SuppressionReason.INACTIVE, SuppressionReason.SOFT_LIMIT)


@dataclass(frozen=True, slots=True)
class Week:
    """One week, from its `monday` in the office's time zone on.

    How many people confirmed a subscription, how many left a topic or all of them, and how many addresses turned out
    not to take mail.
    """

    monday: date
    confirmed: int
    left: int
    bounced: int


def weeks(session: Session, zone: ZoneInfo, *, now: datetime, number: int = WEEKS) -> Sequence[Week]:
    """The last so many weeks, oldest first; the last one is this week, which isn't over."""
    today = now.astimezone(zone).date()
    mondays = [today - timedelta(days=today.weekday(), weeks=back) for back in reversed(range(number))]
    begin = datetime.combine(mondays[0], time(), zone)
    people = func.count(ConsentEvent.subscriber_id.distinct())
    steps = _by_week(ConsentEvent.created_at, people, zone).where(ConsentEvent.created_at >= begin)
    confirmed = _counted(session, steps.where(ConsentEvent.kind.in_(_CAME)))
    left = _counted(session, steps.where(ConsentEvent.kind == ConsentKind.WITHDRAWN))
    since = Suppression.created_at >= begin, Suppression.reason.in_(_LOST)
    bounced = _counted(session, _by_week(Suppression.created_at, func.count(), zone).where(*since))
    return [Week(day, confirmed.get(day, 0), left.get(day, 0), bounced.get(day, 0)) for day in mondays]


def _by_week(moment: InstrumentedAttribute[datetime], number: Any, zone: ZoneInfo) -> Select[Any]:
    week = cast(func.date_trunc("week", func.timezone(zone.key, moment)), Date).label("week")
    return select(week, number.label("number")).group_by(week)


def _counted(session: Session, rows: Select[Any]) -> Mapping[date, int]:
    return {row.week: row.number for row in session.execute(rows)}
