"""What was refused or came back, week by week and by mailbox provider, counted from the ledger.

A refusal in the SMTP dialogue and a bounce days later count alike, in the week in which the message was first taken up.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Date, cast, func, select
from sqlalchemy.orm import Session

from app.mailbox_providers import MailboxProviders
from app.models import Delivery, DeliveryState, ReplyClass
from app.services.reports import DOMAIN

WEEKS = 12
_CAME_BACK = (DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.COMPLAINED)


class Group(StrEnum):
    """Kinds of answer that mean the same to whoever looks after a list."""

    GONE = "gone"
    FULL = "full"
    REFUSED = "refused"
    COMPLAINT = "complaint"


_GROUPS = {
    ReplyClass.HARD: Group.GONE,
    ReplyClass.INACTIVE: Group.GONE,
    ReplyClass.QUOTA: Group.FULL,
    ReplyClass.SOFT: Group.FULL,
}


@dataclass(frozen=True, slots=True)
class CameBack:
    """Numbers by group, for each week from its Monday on (oldest first), and for each provider (most first)."""

    weeks: Sequence[tuple[date, Mapping[Group, int]]]
    providers: Sequence[tuple[str, Mapping[Group, int]]]

    @property
    def totals(self) -> Mapping[Group, int]:
        """Of all weeks."""
        return sum((Counter(numbers) for _, numbers in self.weeks), Counter())


def count(session: Session, known: MailboxProviders, zone: ZoneInfo, *, now: datetime) -> CameBack:
    """The last weeks, this one included; days are those of the office's time zone."""
    today = now.astimezone(zone).date()
    mondays = [today - timedelta(days=today.weekday(), weeks=back) for back in reversed(range(WEEKS))]
    week = cast(func.date_trunc("week", func.timezone(zone.key, Delivery.dated)), Date).label("week")
    domain = DOMAIN.label("domain")
    rows = session.execute(
        select(week, domain, Delivery.state, Delivery.reply_class, func.count().label("number"))
        .select_from(Delivery)
        .outerjoin(Delivery.subscriber)
        .where(Delivery.state.in_(_CAME_BACK), Delivery.dated >= datetime.combine(mondays[0], time(), zone))
        .group_by(week, domain, Delivery.state, Delivery.reply_class)
    )
    by_week: dict[date, Counter[Group]] = {monday: Counter() for monday in mondays}
    by_provider: dict[str, Counter[Group]] = {}
    for row in rows:
        group = _group(row.state, row.reply_class)
        by_week.setdefault(row.week, Counter())[group] += row.number
        by_provider.setdefault(known.provider_of(row.domain), Counter())[group] += row.number
    ranked = sorted(by_provider.items(), key=lambda pair: (-pair[1].total(), pair[0]))
    return CameBack(sorted(by_week.items()), ranked)


def _group(state: DeliveryState, reply_class: str | None) -> Group:
    if state is DeliveryState.COMPLAINED:
        return Group.COMPLAINT
    return _GROUPS.get(ReplyClass(reply_class), Group.REFUSED) if reply_class else Group.FULL
