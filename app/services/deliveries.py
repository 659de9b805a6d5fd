"""The ledger's front desk: notices go in here, and everybody who asks what became of mail is answered from rows."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from app.jobs import ring_later, send_notices
from app.models import (
    Campaign,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Subscriber,
    Subscription,
    SubscriptionState,
)

REASONS_SHOWN = 100
NOTICE_GAP = timedelta(minutes=15)
NOTICES_A_DAY = 3
TOLD_IN_ANY_CASE = frozenset({DeliveryKind.ADDRESS_CHANGED})
"""What says that something happened, and not that somebody asked for it."""
CANCELLED_WORDS = "the campaign was cancelled"
# what becomes of a row that waits when its campaign is cancelled; one that was sent before may have arrived
CANCELLED = {
    Delivery.state: case((Delivery.resent_at.is_(None), DeliveryState.SKIPPED), else_=DeliveryState.UNKNOWN),
    Delivery.reply_text: case(
        (Delivery.resent_at.is_(None), CANCELLED_WORDS),
        else_="may have arrived; the campaign was cancelled before it was sent once more",
    ),
    Delivery.first_name: None,
    Delivery.last_name: None,
}
_SAID_ONCE = case((func.starts_with(Delivery.reply_text, Delivery.reply_enhanced), None), else_=Delivery.reply_enhanced)
ANSWER = func.concat_ws(" ", Delivery.reply_code, _SAID_ONCE, Delivery.reply_text)
_MOMENT = func.coalesce(Delivery.dated, Delivery.next_attempt_at, Delivery.created_at)
_BY_THE_OWNER = (ConsentKind.CONFIRMED, ConsentKind.CHANGED, ConsentKind.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why messages of one campaign are in a state: what the next mail server answered, and to how many."""

    state: DeliveryState
    reply: str
    number: int

    @property
    def key(self) -> str:
        """By which an address names the answer: its words may be long, and hold a reader's address."""
        return hashlib.md5(self.reply.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Pace:
    """How many mails of a kind an address gets that its owner doesn't answer: one in `gap`, and `most` in `span`."""

    gap: timedelta
    most: int
    span: timedelta


@dataclass(frozen=True, slots=True)
class _Notice:
    """A transactional mail as far as the next one depends on it: when it went or will go, and whether it has served."""

    delivery: Delivery
    moment: datetime
    is_answered: bool


def queue_notice(
    session: Session,
    kind: DeliveryKind,
    subscriber: Subscriber,
    event: ConsentEvent | None,
    now: datetime,
    *,
    not_before: datetime | None = None,
) -> Delivery | None:
    """Enter one transactional mail into the ledger; ring for it after the commit, if it is due at once.

    One address gets at most one such mail in fifteen minutes, whoever asks for them: within that time the next one
    waits for its turn. While one waits, another of its kind doesn't join it; the one that waits then answers the newer
    request. Beyond three a day there is none, and None is given, unless it tells of something that was done. A mail
    that the owner of the mailbox has acted upon (confirmed, changed, left) keeps nobody waiting. None leaves before
    `not_before`. The caller holds the subscriber's row lock, so that two requests at once don't both pass.
    """
    delivery = waiting_notice(session, subscriber.id, kind)
    recent = [notice for notice in _notices_of_a_day(session, subscriber.id, now) if notice.delivery is not delivery]
    due = max([now, not_before or now, *(notice.moment + NOTICE_GAP for notice in recent if not notice.is_answered)])
    if delivery is not None:
        due = min(due, delivery.next_attempt_at or now)
    elif len(recent) < NOTICES_A_DAY or kind in TOLD_IN_ANY_CASE:
        delivery = Delivery(kind=kind, subscriber_id=subscriber.id, created_at=now)
        session.add(delivery)
    else:
        return None
    delivery.consent_event_id = event.id if event else None
    delivery.state = DeliveryState.DEFERRED if due > now else DeliveryState.QUEUED
    delivery.next_attempt_at = due if due > now else None
    session.flush()
    if due <= now:
        ring_later(session, send_notices())
    return delivery


def waiting_notice(session: Session, subscriber_id: int, kind: DeliveryKind) -> Delivery | None:
    """The mail of this kind that waits for its turn, locked until the commit: it may still be changed."""
    waiting = (row for row in _unclaimed_notices(session, subscriber_id) if row.state is DeliveryState.DEFERRED)
    return next((row for row in waiting if row.kind is kind), None)


def turn(
    session: Session,
    subscriber_id: int,
    kind: DeliveryKind,
    pace: Pace,
    *,
    now: datetime,
    wanted: Collection[int] = (),
) -> datetime | None:
    """When the next mail of a kind may leave at this pace; None if they have had, or will have, what it could say.

    Mails that the owner acted upon don't count, nor does one that waits for its turn, because the next joins it. What
    names topics that no mail within the gap has named waits until the gap is over.
    """
    rows = session.execute(
        select(_MOMENT, ConsentEvent.topic_ids)
        .outerjoin(ConsentEvent, ConsentEvent.id == Delivery.consent_event_id)
        .where(
            Delivery.subscriber_id == subscriber_id,
            Delivery.kind == kind,
            Delivery.state != DeliveryState.SKIPPED,
            or_(Delivery.state != DeliveryState.DEFERRED, Delivery.dated.is_not(None)),
            now - pace.span < _MOMENT,
            ~_is_answered(),
        )
    ).all()
    if len(rows) >= pace.most:
        return None
    recent = [(moment, topic_ids or ()) for moment, topic_ids in rows if moment > now - pace.gap]
    if not recent:
        return now
    named = {topic_id for _, topic_ids in recent for topic_id in topic_ids}
    return None if named >= set(wanted) else max(moment for moment, _ in recent) + pace.gap


def skip_answered(session: Session, subscriber_id: int) -> None:
    """Close the mails that would have nothing left to say, because the owner of the mailbox was faster than they."""
    standings = session.scalars(select(Subscription).where(Subscription.subscriber_id == subscriber_id)).all()
    pending = {row.topic_id for row in standings if row.state is SubscriptionState.PENDING}
    is_subscribed = any(row.state is SubscriptionState.CONFIRMED for row in standings)
    for delivery in _unclaimed_notices(session, subscriber_id):
        if delivery.kind is DeliveryKind.CONFIRMATION:
            is_wanted = not pending.isdisjoint(session.get_one(ConsentEvent, delivery.consent_event_id).topic_ids)
        elif delivery.kind in {DeliveryKind.ADDRESS_CHANGE, *TOLD_IN_ANY_CASE}:
            is_wanted = True
        else:
            is_wanted = is_subscribed
        if not is_wanted:
            delivery.state, delivery.reply_text = DeliveryState.SKIPPED, "answered before it was sent"


def was_mailed_since(session: Session, subscriber_id: int, kind: DeliveryKind, moment: datetime) -> bool:
    """Whether a mail of this kind was queued for somebody since then, and not skipped."""
    found = select(Delivery.id).where(
        Delivery.subscriber_id == subscriber_id,
        Delivery.campaign_id.is_(None),
        Delivery.kind == kind,
        Delivery.state != DeliveryState.SKIPPED,
        Delivery.created_at > moment,
    )
    return session.scalar(found.limit(1)) is not None


def forget_names(session: Session, subscriber_id: int) -> None:
    """Drop what mail to somebody called them, for they get no more of it."""
    named = Delivery.subscriber_id == subscriber_id, Delivery.first_name.is_not(None)
    session.execute(update(Delivery).where(*named).values(first_name=None, last_name=None))


def counts(session: Session, campaign: Campaign) -> Mapping[DeliveryState, int]:
    """How many deliveries of a campaign are in each state, by query; every state is a key."""
    rows = session.execute(
        select(Delivery.state, func.count().label("number"))
        .where(Delivery.campaign_id == campaign.id)
        .group_by(Delivery.state)
    ).all()
    found = {row.state: row.number for row in rows}
    return {state: found.get(state, 0) for state in DeliveryState}


def reasons(session: Session, campaign: Campaign) -> Sequence[Reason]:
    """Why messages were not sent, most frequent first; servers' words are kept as they came."""
    number = func.count().label("number")
    rows = session.execute(
        select(Delivery.state, ANSWER.label("reply"), number)
        .where(
            Delivery.campaign_id == campaign.id,
            Delivery.state.not_in([DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SENT]),
        )
        .group_by(Delivery.state, ANSWER)
        .order_by(number.desc(), Delivery.state, ANSWER)
        .limit(REASONS_SHOWN)
    ).all()
    return [Reason(row.state, row.reply, row.number) for row in rows]


def _unclaimed_notices(session: Session, subscriber_id: int) -> Sequence[Delivery]:
    """Nothing of them is fixed yet: `dated` is set with the first claim."""
    return session.scalars(
        select(Delivery)
        .where(
            Delivery.subscriber_id == subscriber_id,
            Delivery.campaign_id.is_(None),
            Delivery.state.in_([DeliveryState.QUEUED, DeliveryState.DEFERRED]),
            Delivery.dated.is_(None),
        )
        .order_by(Delivery.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _is_answered() -> ColumnElement[bool]:
    later = aliased(ConsentEvent)
    return exists().where(
        later.subscriber_id == Delivery.subscriber_id,
        later.id > Delivery.consent_event_id,
        later.kind.in_(_BY_THE_OWNER),
    )


def _notices_of_a_day(session: Session, subscriber_id: int, now: datetime) -> Sequence[_Notice]:
    """What was queued within a day, but for what was skipped: that was never sent."""
    rows = session.execute(
        select(Delivery, _MOMENT, _is_answered()).where(
            Delivery.subscriber_id == subscriber_id,
            Delivery.campaign_id.is_(None),
            Delivery.state != DeliveryState.SKIPPED,
            Delivery.created_at > now - timedelta(days=1),
        )
    )
    return [_Notice(delivery, moment, is_answered) for delivery, moment, is_answered in rows]
