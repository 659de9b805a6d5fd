"""What a subscriber changes about themselves, by a signed link: topics, language, name, leaving."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Invalid, NotFound, Problem
from app.models import (
    Campaign,
    ConsentKind,
    DeliveryKind,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
    Topic,
    campaign_topics,
)
from app.models.subscription_states import SUBSCRIPTION, SubscriptionEvent
from app.services import consent, deliveries, languages, subscribers, suppressions, topics
from app.services.consent import Origin
from app.services.names import Names
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the page shows: address, language and names, the topics on offer and which of them are confirmed."""

    address: str
    language: str
    topics: Sequence[Topic]
    chosen: frozenset[int]
    names: Names


def show(session: Session, subscriber_id: int) -> Preferences:
    """The preferences of a subscriber; raises NotFound if they are gone."""
    subscriber = session.get(Subscriber, subscriber_id)
    if subscriber is None:
        raise NotFound("This address is not known here any more.")
    chosen = frozenset(row.topic_id for row in _confirmed(session, subscriber_id))
    offered = [topic for topic in topics.every(session) if topic.is_public or topic.id in chosen]
    names = Names(subscriber.first_name, subscriber.last_name)
    return Preferences(subscriber.address, subscriber.language, offered, chosen, names)


def change(
    session: Session, subscriber_id: int, topic_ids: Iterable[int], language: str, origin: Origin, *, now: datetime
) -> bool:
    """Set topics and language; True if anything changed. The signed link proves the mailbox, so topics are confirmed.

    Raises NotFound if the subscriber is gone, Invalid for an unknown topic, an empty choice or a silenced address.
    """
    subscriber = subscribers.known(session, subscriber_id)
    wanted = {topic.id for topic in topics.by_ids(session, topic_ids)}
    if not wanted:
        raise Invalid(Problem("Choose at least one topic, or leave all of them with the button below.", field="topics"))
    if suppressions.is_silenced(session, subscriber.address_hmac):
        raise Invalid("This address asked not to be written to. To change that, please contact us.")
    changed = _leave(session, subscriber_id, now, keep=wanted) | _choose(session, subscriber_id, wanted, now)
    new_language = language != subscriber.language
    subscriber.language = language
    if changed or new_language:
        suppressions.lift(session, subscriber.address_hmac)
        consent.record(session, subscriber, ConsentKind.CHANGED, wanted, origin)
        deliveries.skip_answered(session, subscriber_id)
    return bool(changed) or new_language


def rename(session: Session, subscriber_id: int, names: Names) -> None:
    """Keep what somebody wants to be called; it is no matter of consent. Raises NotFound if they are gone."""
    subscriber = subscribers.known(session, subscriber_id)
    subscriber.first_name, subscriber.last_name = names.first, names.last


def leave_campaign(
    session: Session, subscriber_id: int, campaign_id: int, origin: Origin, *, now: datetime
) -> Sequence[Topic]:
    """Leave the topics of the campaign that brought the link, and give their names.

    Repeating it changes nothing, and for somebody who is gone it is no error: receivers may retry.
    """
    of_campaign = session.scalars(
        select(Topic).join(campaign_topics).where(campaign_topics.c.campaign_id == campaign_id).order_by(Topic.position)
    ).all()
    leave_topics(session, subscriber_id, [topic.id for topic in of_campaign], origin, now=now)
    return of_campaign


def leave_topics(
    session: Session, subscriber_id: int, topic_ids: Iterable[int], origin: Origin, *, now: datetime
) -> set[int]:
    """Leave these topics and keep the others; gives the ids of those that were left, none for somebody who is gone."""
    subscriber = subscribers.locked(session, subscriber_id)
    left = _leave(session, subscriber_id, now, only=set(topic_ids)) if subscriber is not None else set()
    if subscriber is not None and left:
        consent.record(session, subscriber, ConsentKind.WITHDRAWN, left, origin)
        deliveries.skip_answered(session, subscriber_id)
        if not _confirmed(session, subscriber_id):
            _forget_names(session, subscriber)
    return left


def leave_all(session: Session, subscriber_id: int, origin: Origin, *, now: datetime) -> None:
    """Leave every topic and suppress the address until it opts in again."""
    subscriber = subscribers.locked(session, subscriber_id)
    if subscriber is None:
        return
    left = _leave(session, subscriber_id, now)
    _forget_names(session, subscriber)
    suppressed = suppressions.find(session, subscriber.address_hmac) is not None
    if left or not suppressed:
        consent.record(session, subscriber, ConsentKind.WITHDRAWN, left, origin)
        suppressions.add(session, subscriber.address_hmac, SuppressionReason.UNSUBSCRIBED, origin.source)
        deliveries.skip_answered(session, subscriber_id)


def send_link(session: Session, subscriber_id: int, *, now: datetime) -> None:
    """Mail a fresh link to the preferences, because the old one has expired."""
    subscriber = subscribers.locked(session, subscriber_id)
    if subscriber is None:
        return
    if not suppressions.is_silenced(session, subscriber.address_hmac):
        deliveries.queue_notice(session, DeliveryKind.ALREADY_SUBSCRIBED, subscriber, None, now)


def topics_of_campaign(session: Session, subscriber_id: int, campaign_id: int) -> tuple[Sequence[Topic], bool]:
    """The campaign's topics, and whether the subscriber still gets any of them, for the unsubscribe page."""
    campaign = session.get(Campaign, campaign_id)
    of_campaign = list(campaign.topics) if campaign else []
    ids = {topic.id for topic in of_campaign}
    return of_campaign, any(row.topic_id in ids for row in _confirmed(session, subscriber_id))


def language_or_default(settings: Settings, language: str | None) -> str:
    """A language that the installation offers, that which is wanted or another form of it."""
    found = languages.related(language or "", settings.languages)
    return found[0] if found else settings.languages[0]


def _forget_names(session: Session, subscriber: Subscriber) -> None:
    """A name is for mails only; who gets none any more needs none."""
    subscriber.first_name = subscriber.last_name = ""
    deliveries.forget_names(session, subscriber.id)


def _confirmed(session: Session, subscriber_id: int) -> Sequence[Subscription]:
    return session.scalars(
        select(Subscription).where(
            Subscription.subscriber_id == subscriber_id, Subscription.state == SubscriptionState.CONFIRMED
        )
    ).all()


def _leave(
    session: Session,
    subscriber_id: int,
    now: datetime,
    *,
    only: set[int] | None = None,
    keep: frozenset[int] | set[int] = frozenset(),
) -> set[int]:
    left = set()
    for row in session.scalars(select(Subscription).where(Subscription.subscriber_id == subscriber_id)):
        affected = row.topic_id not in keep and (only is None or row.topic_id in only)
        if affected and row.state is not SubscriptionState.UNSUBSCRIBED:
            row.state = SUBSCRIPTION.after(row.state, SubscriptionEvent.LEAVE)
            row.unsubscribed_at = now
            left.add(row.topic_id)
    return left


def _choose(session: Session, subscriber_id: int, wanted: set[int], now: datetime) -> set[int]:
    rows = {
        row.topic_id: row
        for row in session.scalars(select(Subscription).where(Subscription.subscriber_id == subscriber_id))
    }
    chosen = set()
    for topic_id in wanted:
        row = rows.get(topic_id)
        if row is None:
            row = Subscription(
                subscriber_id=subscriber_id, topic_id=topic_id, state=SubscriptionState.PENDING, requested_at=now
            )
            session.add(row)
        if row.state is not SubscriptionState.CONFIRMED:
            row.state = SUBSCRIPTION.after(row.state, SubscriptionEvent.CHOOSE)
            row.confirmed_at = now
            chosen.add(topic_id)
    return chosen
