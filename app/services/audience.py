"""Who a campaign is for: everybody with a confirmed subscription to one of its topics, unless suppressed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from app.models import Subscriber, Subscription, SubscriptionState, Suppression


def eligible(topic_ids: Sequence[int], *columns: Any) -> Select[Any]:
    """The query for these people; planner, claim and count all mean the same ones."""
    confirmed = exists().where(
        Subscription.subscriber_id == Subscriber.id,
        Subscription.topic_id.in_(topic_ids),
        Subscription.state == SubscriptionState.CONFIRMED,
    )
    suppressed = exists().where(Suppression.address_hmac == Subscriber.address_hmac)
    return select(*columns).select_from(Subscriber).where(confirmed, ~suppressed)


def count(session: Session, topic_ids: Sequence[int]) -> int:
    """How many people a campaign with these topics would reach if it started now."""
    return session.scalar(eligible(topic_ids, func.count(Subscriber.id))) or 0
