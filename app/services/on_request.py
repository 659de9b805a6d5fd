"""What staff do for somebody who asked them to: add, ask to confirm once more, unsubscribe, block, lift a suppression.

Nothing here confirms anything: that only the owner of a mailbox does. Each step needs a reason, which is kept with it.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, Problem
from app.mail.address import EmailAddress
from app.models import (
    SILENCING,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    StaffMember,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)
from app.services import preferences, signup, subscribers, suppressions
from app.services.consent import BY_STAFF, Origin, staff_actor
from app.services.names import Names
from app.services.signup import Ask
from app.services.suppressions import address_hmac
from app.settings import Settings

LONGEST_REASON = 300
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


def read_reason(typed: str, field: str = "reason") -> str:
    """Why something is done, on one line and without addresses, for it is kept in logs.

    Raises Invalid (for the `field`) if it is empty or too long.
    """
    words = _ADDRESS.sub("(address)", " ".join(typed.split()))
    if not words:
        raise Invalid(Problem("Say it in a few words, such as: they asked by telephone on Monday.", field=field))
    if len(words) > LONGEST_REASON or not words.isprintable():
        raise Invalid(Problem(f"Say it in at most {LONGEST_REASON} plain characters.", field=field))
    return words


def add(
    session: Session, ask: Ask, names: Names, how: str, *, by: StaffMember, settings: Settings, now: datetime
) -> Subscriber:
    """Write down that somebody asked for these topics, and queue the mail in which they confirm it.

    `how` says how they asked `by`; no words of consent are recorded, because they were shown none. Names are kept if
    there are none yet. Raises Invalid for an address that must not be written to, and if all is confirmed already.
    """
    silenced = suppressions.find(session, address_hmac(settings, ask.address))
    if silenced is not None and silenced.reason in SILENCING:
        words = (
            "This address must not be written to, not even for a confirmation. "
            "Search for the whole of it among the subscribers: there it says why, and what can be done."
        )
        raise Invalid(Problem(words, field="email"))
    if _has_confirmed(session, ask.address, {topic.id for topic in ask.topics}):
        raise Invalid(Problem("They have confirmed all of these topics already.", field="topics"))
    subscriber = signup.request(session, ask, _origin(by, how), settings=settings, now=now, was_shown=False)
    if not (subscriber.first_name or subscriber.last_name):
        subscriber.first_name, subscriber.last_name = names.first, names.last
    return subscriber


def ask_again(session: Session, subscriber: Subscriber, *, now: datetime) -> None:
    """Send the confirmation of what they asked for last, and haven't confirmed, once more.

    Raises Conflict if nothing waits for a confirmation, or if the address must not be written to.
    """
    subscribers.known(session, subscriber.id)
    if suppressions.is_silenced(session, subscriber.address_hmac):
        raise Conflict("This address must not be written to, not even for a confirmation.")
    pending = select(Subscription.topic_id).where(
        Subscription.subscriber_id == subscriber.id, Subscription.state == SubscriptionState.PENDING
    )
    request = session.scalar(
        select(ConsentEvent)
        .where(
            ConsentEvent.subscriber_id == subscriber.id,
            ConsentEvent.kind == ConsentKind.REQUESTED,
            type_coerce(ConsentEvent.topic_ids, ARRAY(BigInteger)).overlap(session.scalars(pending).all()),
        )
        .order_by(ConsentEvent.id.desc())
        .limit(1)
    )
    if request is None:
        raise Conflict("Nothing waits for a confirmation of theirs any more.")
    signup.renew(session, subscriber.id, request.id, now=now)


def mail_due(session: Session, subscriber: Subscriber, *, now: datetime) -> datetime | None:
    """When the next confirmation goes to them, which may be at once; None if none will.

    One address gets one such mail in fifteen minutes and three a day, whoever asks for them.
    """
    waiting = session.scalar(
        select(Delivery)
        .where(
            Delivery.subscriber_id == subscriber.id,
            Delivery.kind == DeliveryKind.CONFIRMATION,
            Delivery.state.in_([DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEFERRED]),
        )
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    return None if waiting is None else waiting.next_attempt_at or now


def unsubscribe(
    session: Session,
    subscriber: Subscriber,
    topic_ids: Iterable[int] | None,
    why: str,
    *,
    by: StaffMember,
    now: datetime,
) -> int:
    """Let somebody leave these topics, or with None all of them, as they asked `by`; gives how many they left.

    Leaving all suppresses the address until it opts in again.
    """
    origin = _origin(by, why)
    if topic_ids is not None:
        return len(preferences.leave_topics(session, subscriber.id, topic_ids, origin, now=now))
    before = len(open_topics(session, subscriber))
    preferences.leave_all(session, subscriber.id, origin, now=now)
    return before


def block(session: Session, subscriber: Subscriber, why: str, *, by: StaffMember, now: datetime) -> None:
    """Let nothing be sent to an address any more: they leave everything, and no opt-in changes that until staff do."""
    preferences.leave_all(session, subscriber.id, _origin(by, why), now=now)
    suppressions.add(session, subscriber.address_hmac, SuppressionReason.ADMIN)


def open_topics(session: Session, subscriber: Subscriber) -> Sequence[int]:
    """The ids of the topics that they could leave: confirmed, or waiting for their confirmation."""
    theirs = Subscription.subscriber_id == subscriber.id, Subscription.state != SubscriptionState.UNSUBSCRIBED
    return session.scalars(select(Subscription.topic_id).where(*theirs)).all()


def lift(session: Session, key: bytes, *, typed: str, settings: Settings) -> SuppressionReason:
    """Let an address be written to again; gives what it was suppressed for. It subscribes nobody to anything.

    What its owner said of themselves (a complaint, “This wasn't me”) and a block by staff are only lifted for somebody
    who types the address (`typed`): raises Invalid (field "typed") otherwise. Raises Conflict if it isn't suppressed.
    """
    found = suppressions.held(session, key)
    if found is None:
        raise Conflict("This address may be written to already.")
    if found.reason in SILENCING and not _is_address_of(typed, key, settings):
        raise Invalid(Problem("Type the whole address, to show that it is the one that you mean.", field="typed"))
    reason = found.reason
    suppressions.lift(session, key, [reason])
    return reason


def _origin(by: StaffMember, why: str) -> Origin:
    return Origin(BY_STAFF, actor=staff_actor(by.id), method="noted by staff", detail=why)


def _has_confirmed(session: Session, address: EmailAddress, topic_ids: set[int]) -> bool:
    known = subscribers.by_address(session, address)
    if known is None:
        return False
    confirmed = select(Subscription.topic_id).where(
        Subscription.subscriber_id == known.id, Subscription.state == SubscriptionState.CONFIRMED
    )
    return topic_ids <= set(session.scalars(confirmed))


def _is_address_of(typed: str, key: bytes, settings: Settings) -> bool:
    try:
        return address_hmac(settings, EmailAddress.parse(typed)) == key
    except Invalid:
        return False
