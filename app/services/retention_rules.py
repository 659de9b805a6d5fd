"""The rules of retention: what of each kind is old, and how it is let go.

What is about people and mails stands here; files, reports and sign-ins of staff in `retention_rest`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, func, or_, select, text, update
from sqlalchemy.orm import Session

from app.models import (
    OPEN,
    Campaign,
    CampaignState,
    ConsentEvent,
    Delivery,
    DeliveryState,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from app.models.subscription_states import SUBSCRIPTION, SubscriptionEvent
from app.services import erasure, retention_rest, subscribers
from app.services.consent import Origin
from app.services.retention_periods import Periods

_NEVER_CONFIRMED = Origin("retention", actor="system", method="never confirmed")
_OVER = (CampaignState.SENT, CampaignState.CANCELLED)
_CAME_BACK = (DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.COMPLAINED)
_TAKEN_UP = func.coalesce(Delivery.dated, Delivery.created_at)
_COUNT_WHO_LEFT = text("""
UPDATE campaigns SET left_before = left_before + gone.number
FROM (
    SELECT d.campaign_id, count(*) AS number
    FROM deliveries d JOIN campaigns c ON c.id = d.campaign_id
    WHERE d.id = ANY(:ids) AND EXISTS (
        SELECT 1 FROM consent_events e
        WHERE e.subscriber_id = d.subscriber_id AND e.kind = 'withdrawn'
            AND e.created_at >= c.started_at AND e.created_at >= d.sent_at)
    GROUP BY d.campaign_id
) gone
WHERE campaigns.id = gone.campaign_id
""")


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of thing: its name, what it is in words, the ids of what is old, and what is done with them."""

    name: str
    words: str
    due: Callable[[Periods, datetime], Select[Any]]
    let_go: Callable[[Session, Sequence[int], datetime], None]


def _unconfirmed(kept: Periods, now: datetime) -> Select[Any]:
    """People none of whose topics was ever confirmed, who neither asked nor were asked lately."""
    old = now - kept.requests
    theirs = Subscription.subscriber_id == Subscriber.id
    confirmed_or_recent = or_(Subscription.confirmed_at.is_not(None), Subscription.requested_at >= old)
    open_or_recent = or_(Delivery.created_at >= old, Delivery.state.in_(OPEN))
    return select(Subscriber.id).where(
        Subscriber.erased_at.is_(None),
        Subscriber.created_at < old,
        ~exists().where(theirs, confirmed_or_recent),
        ~exists().where(Delivery.subscriber_id == Subscriber.id, open_or_recent),
    )


def _forget_people(session: Session, ids: Sequence[int], now: datetime) -> None:
    for subscriber_id in ids:
        subscriber = subscribers.locked(session, subscriber_id)
        if subscriber is not None:
            erasure.empty(session, subscriber, _NEVER_CONFIRMED, now=now)


def _open_requests(kept: Periods, now: datetime) -> Select[Any]:
    """People of whom some topic waits for a confirmation for too long, by a link that works no more."""
    old = now - kept.requests
    recent = exists().where(
        Delivery.subscriber_id == Subscriber.id, Delivery.campaign_id.is_(None), Delivery.created_at >= old
    )
    waits = exists().where(
        Subscription.subscriber_id == Subscriber.id,
        Subscription.state == SubscriptionState.PENDING,
        Subscription.requested_at < old,
    )
    confirmed = exists().where(Subscription.subscriber_id == Subscriber.id, Subscription.confirmed_at.is_not(None))
    return select(Subscriber.id).where(Subscriber.erased_at.is_(None), waits, confirmed, ~recent)


def _drop_requests(session: Session, ids: Sequence[int], now: datetime) -> None:
    """A topic that they had once and left is left again; one that they never had was never asked for."""
    for subscriber_id in ids:
        subscribers.locked(session, subscriber_id)
        rows = select(Subscription).where(
            Subscription.subscriber_id == subscriber_id, Subscription.state == SubscriptionState.PENDING
        )
        for row in session.scalars(rows).all():
            if row.confirmed_at is None:
                session.delete(row)
            else:
                row.state = SUBSCRIPTION.after(row.state, SubscriptionEvent.LEAVE)
                row.unsubscribed_at = row.unsubscribed_at or now
    session.flush()


def _deliveries(kept: Periods, now: datetime) -> Select[Any]:
    over = exists().where(Campaign.id == Delivery.campaign_id, Campaign.state.in_(_OVER))
    return select(Delivery.id).where(
        Delivery.subscriber_id.is_not(None),
        now - kept.deliveries > _TAKEN_UP,
        Delivery.state.not_in(OPEN),
        or_(Delivery.campaign_id.is_(None), over),
    )


def _forget_readers(session: Session, ids: Sequence[int], now: datetime) -> None:
    """Notices go; of statements only what is counted stays: what became of them, when, and who left after them."""
    del now
    session.execute(_COUNT_WHO_LEFT, {"ids": list(ids)})
    session.execute(delete(Delivery).where(Delivery.id.in_(ids), Delivery.campaign_id.is_(None)))
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids))
        .values(
            subscriber_id=None,
            consent_event_id=None,
            message_key=func.gen_random_uuid(),
            first_name=None,
            last_name=None,
            dated=func.date_trunc("minute", Delivery.dated),
            sent_at=func.date_trunc("minute", Delivery.sent_at),
        )
    )


def _replies(kept: Periods, now: datetime) -> Select[Any]:
    """What mail servers said; words of our own, such as why a message was left out, stay."""
    return select(Delivery.id).where(
        Delivery.reply_text.is_not(None),
        now - kept.replies > _TAKEN_UP,
        Delivery.state.not_in(OPEN),
        or_(Delivery.reply_code.is_not(None), Delivery.state.in_(_CAME_BACK)),
    )


def _forget_replies(session: Session, ids: Sequence[int], now: datetime) -> None:
    del now
    session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(reply_text=None))


def _late_replies(kept: Periods, now: datetime) -> Select[Any]:
    """Answers that came while somebody was being erased; a process that was sending to them still had their address."""
    del kept, now
    erased = exists().where(Subscriber.id == Delivery.subscriber_id, Subscriber.erased_at.is_not(None))
    named = or_(Delivery.reply_code.is_not(None) & Delivery.reply_text.is_not(None), Delivery.first_name.is_not(None))
    return select(Delivery.id).where(Delivery.state.not_in(OPEN), named, erased)


def _forget_late(session: Session, ids: Sequence[int], now: datetime) -> None:
    nothing = {"reply_text": None, "first_name": None, "last_name": None}
    session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(**nothing))
    del now


def _networks(kept: Periods, now: datetime) -> Select[Any]:
    return select(ConsentEvent.id).where(ConsentEvent.network != "", ConsentEvent.created_at < now - kept.networks)


def _forget_networks(session: Session, ids: Sequence[int], now: datetime) -> None:
    """The log's trigger allows just that: the network stands outside its chain of hashes."""
    del now
    session.execute(update(ConsentEvent).where(ConsentEvent.id.in_(ids)).values(network=""))


RULES: Sequence[Rule] = (
    Rule("sign-ups", "people who never confirmed, erased", _unconfirmed, _forget_people),
    Rule("requests", "people whose requests for more topics were not confirmed", _open_requests, _drop_requests),
    Rule("late answers", "answers about people who are erased, emptied", _late_replies, _forget_late),
    Rule("deliveries", "messages that forget their reader", _deliveries, _forget_readers),
    Rule("answers", "answers of mail servers, emptied", _replies, _forget_replies),
    Rule("networks", "steps of consent that forget their network", _networks, _forget_networks),
    *(Rule(*rest) for rest in retention_rest.RULES),
)
