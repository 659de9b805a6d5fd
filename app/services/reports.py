"""What became of a campaign, counted from the ledger: whom it did not reach and why, who left since, its pace.

What is rare is grouped, what is not is only counted, so that a campaign of a million is answered at once.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, exists, func, literal, select
from sqlalchemy.orm import Session

from app.mailbox_providers import MailboxProviders
from app.models import Campaign, ConsentEvent, ConsentKind, Delivery, DeliveryState, Subscriber
from app.services.campaigns import Progress

FORGOTTEN = "-"
"""What stands for the mailbox provider of readers who were erased, or whom the ledger has forgotten."""
DOMAIN = func.coalesce(func.nullif(Subscriber.domain, ""), FORGOTTEN)
UNREACHED = (DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.DEFERRED)
MOST_BARS = 24
_LOOK_BACK = timedelta(seconds=60)
_STEPS = [
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=7),
]
_EPOCH = datetime(2000, 1, 3, tzinfo=UTC)
"""A Monday, from which spans are counted."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Messages a minute, over the last one, and how many seconds are left at that pace; None if nobody can say."""

    per_minute: int
    seconds_left: int | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """So many messages in a state because of a kind of answer, which is empty where none was classified."""

    state: DeliveryState
    reply_class: str
    number: int


@dataclass(frozen=True, slots=True)
class Since:
    """What readers of a campaign did since it began."""

    left: int
    complained: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Messages accepted in each span of time: when it begins, and how many; `step` is its length."""

    step: timedelta
    bars: Sequence[tuple[datetime, int]]


def pace(session: Session, campaign: Campaign, progress: Progress, *, now: datetime) -> Pace:
    """How fast it goes now."""
    begun = max(campaign.begins_at or campaign.started_at or now, now - _LOOK_BACK)
    seconds = max((now - begun).total_seconds(), 1.0)
    accepted = session.scalar(
        select(func.count()).where(Delivery.campaign_id == campaign.id, Delivery.sent_at > now - _LOOK_BACK)
    )
    per_minute = round((accepted or 0) * 60 / seconds)
    left = progress.total - progress.done
    return Pace(per_minute, math.ceil(left * 60 / per_minute) if per_minute and left else None)


def refusals(session: Session, campaign: Campaign) -> Sequence[Refusal]:
    """What was not accepted, came back or is put off, by kind of answer; most frequent first."""
    kind = func.coalesce(Delivery.reply_class, "").label("kind")
    number = func.count().label("number")
    rows = session.execute(
        select(Delivery.state, kind, number)
        .where(Delivery.campaign_id == campaign.id, Delivery.state.in_(UNREACHED))
        .group_by(Delivery.state, kind)
        .order_by(number.desc(), Delivery.state, kind)
    ).all()
    return [Refusal(row.state, row.kind, row.number) for row in rows]


def providers(session: Session, campaign: Campaign, known: MailboxProviders) -> Sequence[tuple[str, int]]:
    """The same by mailbox provider, most first; domains in no group stand for themselves."""
    rows = session.execute(
        select(DOMAIN, func.count())
        .select_from(Delivery)
        .outerjoin(Delivery.subscriber)
        .where(Delivery.campaign_id == campaign.id, Delivery.state.in_(UNREACHED))
        .group_by(DOMAIN)
    ).all()
    found: Counter[str] = Counter()
    for domain, number in rows:
        found[known.provider_of(domain)] += number
    return found.most_common()


def who_left(campaign: Campaign) -> Select[int]:
    """The readers who got its mail and have left some topic or all of them after that, each once."""
    was_sent = exists().where(
        Delivery.subscriber_id == ConsentEvent.subscriber_id,
        Delivery.campaign_id == campaign.id,
        Delivery.sent_at <= ConsentEvent.created_at,
    )
    return (
        select(ConsentEvent.subscriber_id)
        .where(ConsentEvent.kind == ConsentKind.WITHDRAWN, ConsentEvent.created_at >= campaign.started_at, was_sent)
        .distinct()
    )


def since(session: Session, campaign: Campaign) -> Since:
    """Who of its readers has left, wholly or in part, or has complained, since it began."""
    if campaign.started_at is None:
        return Since(0, 0)
    left = session.scalar(select(func.count()).select_from(who_left(campaign).subquery()))
    complained = session.scalar(
        select(func.count()).where(Delivery.campaign_id == campaign.id, Delivery.state == DeliveryState.COMPLAINED)
    )
    return Since(campaign.left_before + (left or 0), complained or 0)


def timeline(session: Session, campaign: Campaign) -> Timeline:
    """When its messages were accepted, in at most so many spans as a chart can show.

    They are counted by the minute and put together then: how long it took is not known before all of them were read.
    """
    minute = func.date_bin(_STEPS[0], Delivery.sent_at, literal(_EPOCH)).label("minute")
    rows = session.execute(
        select(minute, func.count().label("number"))
        .where(Delivery.campaign_id == campaign.id, Delivery.sent_at.is_not(None))
        .group_by(minute)
    ).all()
    if not rows:
        return Timeline(_STEPS[0], [])
    took = max(row.minute for row in rows) - min(row.minute for row in rows)
    step = next((one for one in _STEPS if took / one < MOST_BARS - 1), _STEPS[-1])
    counted: Counter[datetime] = Counter()
    for row in rows:
        counted[_EPOCH + (row.minute - _EPOCH) // step * step] += row.number
    begin, end = min(counted), max(counted)
    spans = [begin + step * place for place in range(round((end - begin) / step) + 1)]
    return Timeline(step, [(span, counted[span]) for span in spans])
