"""Where one person stands with each topic, changed by the table of states; the caller holds their row's lock."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Subscription, SubscriptionState
from app.models.subscription_states import SUBSCRIPTION, SubscriptionEvent


def confirmed(session: Session, subscriber_id: int) -> Sequence[Subscription]:
    """What somebody gets."""
    return session.scalars(
        select(Subscription).where(
            Subscription.subscriber_id == subscriber_id, Subscription.state == SubscriptionState.CONFIRMED
        )
    ).all()


def leave(
    session: Session,
    subscriber_id: int,
    now: datetime,
    *,
    only: Collection[int] | None = None,
    keep: Collection[int] = (),
) -> set[int]:
    """End these topics (all, unless `only` names some), but for those to keep; gives the ids of what was ended."""
    left = set()
    for row in _rows(session, subscriber_id).values():
        affected = row.topic_id not in keep and (only is None or row.topic_id in only)
        if affected and row.state is not SubscriptionState.UNSUBSCRIBED:
            row.state = SUBSCRIPTION.after(row.state, SubscriptionEvent.LEAVE)
            row.unsubscribed_at = now
            left.add(row.topic_id)
    return left


def choose(session: Session, subscriber_id: int, topic_ids: Collection[int], now: datetime) -> set[int]:
    """Confirm these topics by somebody's own choice, whatever was before; gives the ids of those that are new."""
    return _confirm(session, subscriber_id, topic_ids, SubscriptionEvent.CHOOSE, now)


def ask(session: Session, subscriber_id: int, topic_ids: Collection[int], now: datetime) -> None:
    """Let these topics wait for their confirmation, but for those that somebody has."""
    rows = _rows(session, subscriber_id)
    for topic_id in topic_ids:
        row = rows.get(topic_id) or _add(session, subscriber_id, topic_id, now)
        row.state = SUBSCRIPTION.after(row.state, SubscriptionEvent.REQUEST)
        if row.state is SubscriptionState.PENDING:
            row.requested_at = now


def confirm(session: Session, subscriber_id: int, topic_ids: Collection[int], now: datetime) -> set[int]:
    """Confirm what was asked for; gives the ids of those that are new. Raises Conflict if one was left meanwhile."""
    return _confirm(session, subscriber_id, topic_ids, SubscriptionEvent.CONFIRM, now)


def _confirm(
    session: Session, subscriber_id: int, topic_ids: Collection[int], event: SubscriptionEvent, now: datetime
) -> set[int]:
    rows = _rows(session, subscriber_id)
    changed = set()
    for topic_id in topic_ids:
        row = rows.get(topic_id) or _add(session, subscriber_id, topic_id, now)
        if row.state is not SubscriptionState.CONFIRMED:
            row.state = SUBSCRIPTION.after(row.state, event)
            row.confirmed_at = now
            changed.add(topic_id)
    return changed


def _rows(session: Session, subscriber_id: int) -> dict[int, Subscription]:
    found = session.scalars(select(Subscription).where(Subscription.subscriber_id == subscriber_id))
    return {row.topic_id: row for row in found}


def _add(session: Session, subscriber_id: int, topic_id: int, now: datetime) -> Subscription:
    row = Subscription(
        subscriber_id=subscriber_id, topic_id=topic_id, state=SubscriptionState.PENDING, requested_at=now
    )
    session.add(row)
    return row
