"""Subscribers as a table: each person one row, with where they stand, read as it is needed and as of one moment."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ScalarSelect, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.models import Subscriber, Subscription, SubscriptionState, Suppression, Topic
from app.services.subscriber_search import Search, fitting

_THEIRS = Subscription.subscriber_id == Subscriber.id
_STATES = (SubscriptionState.CONFIRMED, SubscriptionState.PENDING, SubscriptionState.UNSUBSCRIBED)
HEADER = (
    "email",
    "first_name",
    "last_name",
    "language",
    "confirmed",
    "not_confirmed",
    "left",
    "not_written_to_because",
    "paused_until",
    "known_since",
    "last_confirmed",
)
"""Topics stand by their short names, with a blank between them; moments are in UTC."""
_AT_ONCE = 2000
_BETWEEN = " "


def noted(wanted: Search, topic: str) -> dict[str, Any]:
    """What the audit log says of it. What was searched for may be an address, so only that something was is said."""
    said: dict[str, Any] = {
        "topic": topic if wanted.topic_id is not None else "",
        "state": wanted.state.value if wanted.state is not None else "",
        "language": wanted.language,
        "words": "(some words)" if wanted.words else "",
    }
    if wanted.is_suppressed is not None:
        said["may be written to"] = not wanted.is_suppressed
    return {name: value for name, value in said.items() if value != ""}


def everybody(session: Session, wanted: Search) -> Iterator[tuple[object, ...]]:
    """A row of the table for each person who fits, newest first; who was erased is left out."""
    rows = session.execute(
        fitting(
            wanted,
            Subscriber.address,
            Subscriber.first_name,
            Subscriber.last_name,
            Subscriber.language,
            *(_topics(state) for state in _STATES),
            select(Suppression.reason).where(Suppression.address_hmac == Subscriber.address_hmac).scalar_subquery(),
            Subscriber.paused_until,
            Subscriber.created_at,
            select(func.max(Subscription.confirmed_at)).where(_THEIRS).scalar_subquery(),
        )
        .where(Subscriber.erased_at.is_(None))
        .order_by(Subscriber.id.desc())
        .execution_options(yield_per=_AT_ONCE)
    )
    for row in rows:
        yield tuple(row)


def _topics(state: SubscriptionState) -> ScalarSelect[Any]:
    named = func.string_agg(Topic.slug, aggregate_order_by(literal(_BETWEEN), Topic.position, Topic.id))
    theirs = select(named).join(Subscription, Subscription.topic_id == Topic.id)
    return theirs.where(_THEIRS, Subscription.state == state).scalar_subquery()
