"""What a subscriber changes about themselves, by a signed link: topics, language, name, leaving."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Invalid, NotFound, Problem
from app.mail.address import EmailAddress
from app.models import (
    Campaign,
    ConsentKind,
    DeliveryKind,
    Subscriber,
    SuppressionReason,
    Topic,
    campaign_topics,
)
from app.services import consent, deliveries, languages, standings, subscribers, suppressions, topics
from app.services.consent import Origin
from app.services.names import Names
from app.settings import Settings

LINK_GAP = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the page shows: address, language, names and pause, the topics on offer and which of them are confirmed."""

    address: str
    language: str
    topics: Sequence[Topic]
    chosen: frozenset[int]
    names: Names
    paused_until: datetime | None = None

    def is_paused(self, now: datetime) -> bool:
        """Whether no statements are sent at this moment, although topics are chosen."""
        return bool(self.chosen) and self.paused_until is not None and self.paused_until > now


def show(session: Session, subscriber_id: int) -> Preferences:
    """The preferences of a subscriber; raises NotFound if they are gone."""
    subscriber = session.get(Subscriber, subscriber_id)
    if subscriber is None or subscriber.erased_at is not None:
        raise NotFound("This address is not known here any more.")
    chosen = frozenset(row.topic_id for row in standings.confirmed(session, subscriber_id))
    offered = [topic for topic in topics.every(session) if topic.is_public or topic.id in chosen]
    names = Names(subscriber.first_name, subscriber.last_name)
    return Preferences(subscriber.address, subscriber.language, offered, chosen, names, subscriber.paused_until)


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
    changed = standings.leave(session, subscriber_id, now, keep=wanted) | standings.choose(
        session, subscriber_id, wanted, now
    )
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
    left = standings.leave(session, subscriber_id, now, only=set(topic_ids)) if subscriber is not None else set()
    if subscriber is not None and left:
        consent.record(session, subscriber, ConsentKind.WITHDRAWN, left, origin)
        deliveries.skip_answered(session, subscriber_id)
        if not standings.confirmed(session, subscriber_id):
            forget(session, subscriber)
    return left


def leave_all(session: Session, subscriber_id: int, origin: Origin, *, now: datetime) -> None:
    """Leave every topic and suppress the address until it opts in again."""
    subscriber = subscribers.locked(session, subscriber_id)
    if subscriber is None:
        return
    left = standings.leave(session, subscriber_id, now)
    forget(session, subscriber)
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
        deliveries.queue_notice(session, DeliveryKind.PREFERENCES_LINK, subscriber, None, now)


def send_link_to(session: Session, address: EmailAddress, *, now: datetime) -> None:
    """Mail the link to whoever has this address, if they get mail from us; once a day, as anybody may type any address.

    Nothing tells whether a mail was queued. Who never confirmed, left everything or is suppressed gets none.
    """
    known = subscribers.by_address(session, address)
    subscriber = subscribers.locked(session, known.id) if known is not None else None
    if subscriber is None or suppressions.find(session, subscriber.address_hmac) is not None:
        return
    if not standings.confirmed(session, subscriber.id):
        return
    kind = DeliveryKind.PREFERENCES_LINK
    if not deliveries.was_mailed_since(session, subscriber.id, kind, now - LINK_GAP):
        deliveries.queue_notice(session, kind, subscriber, None, now)


def topics_of_campaign(session: Session, subscriber_id: int, campaign_id: int) -> tuple[Sequence[Topic], bool]:
    """The campaign's topics, and whether the subscriber still gets any of them, for the unsubscribe page."""
    campaign = session.get(Campaign, campaign_id)
    of_campaign = list(campaign.topics) if campaign else []
    ids = {topic.id for topic in of_campaign}
    return of_campaign, any(row.topic_id in ids for row in standings.confirmed(session, subscriber_id))


def language_or_default(settings: Settings, language: str | None) -> str:
    """A language that the installation offers, that which is wanted or another form of it."""
    found = languages.related(language or "", settings.languages)
    return found[0] if found else settings.languages[0]


def forget(session: Session, subscriber: Subscriber) -> None:
    """A name is for mails only, and so is a pause; who gets none any more needs neither."""
    subscriber.first_name = subscriber.last_name = ""
    subscriber.paused_until = None
    deliveries.forget_names(session, subscriber.id)
