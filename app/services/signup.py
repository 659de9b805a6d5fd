"""Joining, with double opt-in: a request is recorded and mailed, a press of the button in that mail confirms it.

Every address gets the same answer. What differs is the mail: a confirmation for what is not confirmed yet, the link to
the preferences for who has it all already, nothing for who asked to be left alone. A link confirms the topics of the
request that its mail names, and no others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound
from app.mail.address import EmailAddress
from app.models import (
    ConsentEvent,
    ConsentKind,
    ConsentText,
    DeliveryKind,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
    Topic,
)
from app.models.subscription_states import SUBSCRIPTION, SubscriptionEvent
from app.services import consent, deliveries, role_addresses, standings, subscribers, suppressions
from app.services.consent import SERVICE, Origin
from app.services.deliveries import Pace
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody typed into the form, parsed; `read_in` is the language in which they read the words of consent."""

    address: EmailAddress
    topics: Sequence[Topic]
    language: str
    read_in: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms the mail leaves: at which pace, not before a moment, and perhaps only if staff agree."""

    pace: Pace | None = None
    not_before: datetime | None = None
    needs_approval: bool = False


AT_ONCE = Terms()


def request(
    session: Session,
    ask: Ask,
    origin: Origin,
    *,
    settings: Settings,
    now: datetime,
    was_shown: bool = True,
    terms: Terms = AT_ONCE,
) -> Subscriber:
    """Record that somebody asked for these topics, and queue the mail that fits, on these terms.

    Who gets nothing yet, or no more, is written to in the language that they choose now; nobody else's is changed.
    `was_shown` says that they read the words of consent; of somebody who asked in another way none are recorded.
    """
    subscriber = subscribers.find_or_add(session, ask.address, ask.language, settings)
    if not standings.confirmed(session, subscriber.id):
        subscriber.language = ask.language
    topic_ids = [topic.id for topic in ask.topics]
    text = consent.current_text(session, settings, ask.read_in or ask.language) if was_shown else None
    event = consent.record(session, subscriber, ConsentKind.REQUESTED, topic_ids, origin, text=text)
    for subscription in _subscriptions(session, subscriber, topic_ids, now):
        subscription.state = SUBSCRIPTION.after(subscription.state, SubscriptionEvent.REQUEST)
        if subscription.state is SubscriptionState.PENDING:
            subscription.requested_at = now
    session.flush()
    # who is left alone gets no mail, but takes the same work, so that time doesn't tell
    mailing = session.begin_nested()
    _mail(session, subscriber, event, terms, now)
    if suppressions.is_silenced(session, subscriber.address_hmac):
        mailing.rollback()
    else:
        mailing.commit()
    return subscriber


def pending(session: Session, subscriber_id: int, event_id: int) -> tuple[Sequence[Topic], bool]:
    """The topics that a confirmation link is about, and whether all of them are confirmed already.

    Raises NotFound if the request is not there any more, or who made it was erased.
    """
    event = _request_event(session, subscriber_id, event_id)
    rows = session.execute(
        select(Topic, Subscription.state)
        .join(Subscription, Subscription.topic_id == Topic.id)
        .where(Subscription.subscriber_id == subscriber_id, Topic.id.in_(event.topic_ids))
        .order_by(Topic.position, Topic.id)
    ).all()
    if not rows:
        raise NotFound("This address is not known here any more.")
    return [topic for topic, _ in rows], all(state is SubscriptionState.CONFIRMED for _, state in rows)


def confirm(session: Session, subscriber_id: int, event_id: int, origin: Origin, *, now: datetime) -> bool:
    """Confirm what was requested; True if that changed something, False if it was confirmed before.

    Raises NotFound if the request is not there any more, Conflict if the person left after asking.
    """
    subscriber = subscribers.known(session, subscriber_id)
    event = _request_event(session, subscriber_id, event_id)
    if suppressions.is_silenced(session, subscriber.address_hmac):
        raise Conflict("This address asked not to be written to. To change that, please contact us.")
    changed = []
    for subscription in _subscriptions(session, subscriber, event.topic_ids, now):
        before = subscription.state
        subscription.state = SUBSCRIPTION.after(before, SubscriptionEvent.CONFIRM)
        if subscription.state is not before:
            subscription.confirmed_at = now
            changed.append(subscription.topic_id)
    if changed:
        subscriber.paused_until = None
        suppressions.lift(session, subscriber.address_hmac)
        text = session.get(ConsentText, event.consent_text_id) if event.consent_text_id else None
        consent.record(session, subscriber, ConsentKind.CONFIRMED, changed, origin, text=text)
        deliveries.skip_answered(session, subscriber_id)
    return bool(changed)


def renew(session: Session, subscriber_id: int, event_id: int, *, now: datetime) -> None:
    """Send the confirmation of an old request again, because its link has expired."""
    subscriber = subscribers.known(session, subscriber_id)
    event = _request_event(session, subscriber_id, event_id)
    if not suppressions.is_silenced(session, subscriber.address_hmac):
        _ask_to_confirm(session, subscriber, event, now)


def refuse(session: Session, subscriber_id: int, origin: Origin, *, now: datetime) -> None:
    """End everything that is pending and never write to this address again: “This wasn't me”."""
    subscriber = subscribers.known(session, subscriber_id)
    if suppressions.is_silenced(session, subscriber.address_hmac):
        return
    ended = []
    for subscription in session.scalars(select(Subscription).where(Subscription.subscriber_id == subscriber_id)):
        if subscription.state is not SubscriptionState.UNSUBSCRIBED:
            subscription.state = SUBSCRIPTION.after(subscription.state, SubscriptionEvent.LEAVE)
            subscription.unsubscribed_at = now
            ended.append(subscription.topic_id)
    suppressions.add(session, subscriber.address_hmac, SuppressionReason.REFUSED, "pressed “This wasn't me”")
    consent.record(session, subscriber, ConsentKind.REFUSED, ended, origin)
    deliveries.skip_answered(session, subscriber_id)


def _subscriptions(
    session: Session, subscriber: Subscriber, topic_ids: Iterable[int], now: datetime
) -> list[Subscription]:
    """The subscriber's rows for these topics, new ones as pending; the subscriber's row lock guards them."""
    found = {
        row.topic_id: row
        for row in session.scalars(select(Subscription).where(Subscription.subscriber_id == subscriber.id))
    }
    for topic_id in set(topic_ids) - found.keys():
        found[topic_id] = Subscription(
            subscriber_id=subscriber.id, topic_id=topic_id, state=SubscriptionState.PENDING, requested_at=now
        )
        session.add(found[topic_id])
    return [found[topic_id] for topic_id in sorted(set(topic_ids))]


def _mail(session: Session, subscriber: Subscriber, event: ConsentEvent, terms: Terms, now: datetime) -> None:
    """Queue the mail that answers a request, if its address may have one more, or ask staff about it."""
    wanted = _open_topics(session, subscriber, event.topic_ids)
    kind = DeliveryKind.CONFIRMATION if wanted else DeliveryKind.ALREADY_SUBSCRIBED
    if wanted and terms.needs_approval:
        role_addresses.ask(session, subscriber, event, now=now)
        return
    turn = deliveries.turn(session, subscriber.id, kind, terms.pace, now=now, wanted=wanted) if terms.pace else now
    if turn is None:
        return
    not_before = max(turn, terms.not_before or now)
    if wanted:
        _ask_to_confirm(session, subscriber, event, now, not_before)
    else:
        deliveries.queue_notice(session, kind, subscriber, event, now, not_before=not_before)


def _ask_to_confirm(
    session: Session, subscriber: Subscriber, event: ConsentEvent, now: datetime, not_before: datetime | None = None
) -> None:
    """Queue the confirmation of a request.

    If that of another request still waits for its turn, one mail answers both: what is open of both becomes a request
    of its own in the log, so that the mail names all that its link confirms, and no topic stays pending for ever.
    """
    waiting = deliveries.waiting_notice(session, subscriber.id, DeliveryKind.CONFIRMATION)
    if waiting is not None:
        before = session.get_one(ConsentEvent, waiting.consent_event_id)
        wanted = _open_topics(session, subscriber, {*before.topic_ids, *event.topic_ids})
        if not wanted <= set(event.topic_ids):
            text = session.get(ConsentText, event.consent_text_id) if event.consent_text_id else None
            origin = Origin(event.source, event.network, SERVICE, "joined with the request before it", event.detail)
            event = consent.record(session, subscriber, ConsentKind.REQUESTED, wanted, origin, text=text)
    deliveries.queue_notice(session, DeliveryKind.CONFIRMATION, subscriber, event, now, not_before=not_before)


def _open_topics(session: Session, subscriber: Subscriber, topic_ids: Iterable[int]) -> set[int]:
    """Those of these topics that wait for their confirmation."""
    return set(
        session.scalars(
            select(Subscription.topic_id).where(
                Subscription.subscriber_id == subscriber.id,
                Subscription.topic_id.in_(list(topic_ids)),
                Subscription.state == SubscriptionState.PENDING,
            )
        )
    )


def _request_event(session: Session, subscriber_id: int, event_id: int) -> ConsentEvent:
    event = session.get(ConsentEvent, event_id)
    if event is None or event.subscriber_id != subscriber_id or event.kind is not ConsentKind.REQUESTED:
        raise NotFound("This link is not one of ours.")
    return event
