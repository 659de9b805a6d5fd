"""Addresses that belong to a role and not to a person, such as abuse@: staff say whether they are asked to confirm.

Mail to them that nobody asked for costs a sender its good name at once, and attackers know that.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.errors import Conflict
from app.mail.address import EmailAddress, fold
from app.models import (
    ConsentEvent,
    DeliveryKind,
    SignupApproval,
    StaffMember,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from app.services import deliveries, subscribers, suppressions

ROLES = frozenset({"abuse", "postmaster", "noc", "security"})
"""Local parts that RFC 2142 gives to those who keep mail and networks safe."""
SHOWN = 100
_REFUSED_FOR = timedelta(days=30)


def is_role(address: EmailAddress) -> bool:
    """Whether an address belongs to such a role, whatever stands behind a plus sign."""
    return fold(address.local).partition("+")[0] in ROLES


def ask(session: Session, subscriber: Subscriber, event: ConsentEvent, *, now: datetime) -> None:
    """Let staff decide; of several requests the latest counts, and what was refused lately isn't asked again.

    The caller holds the subscriber's row lock.
    """
    latest = session.scalars(
        select(SignupApproval).where(SignupApproval.subscriber_id == subscriber.id).order_by(SignupApproval.id.desc())
    ).first()
    if latest is not None and latest.is_approved is None:
        latest.consent_event_id = event.id
    elif latest is None or latest.is_approved or (latest.decided_at or now) < now - _REFUSED_FOR:
        session.add(SignupApproval(subscriber_id=subscriber.id, consent_event_id=event.id, created_at=now))
    session.flush()


def waiting(session: Session) -> Sequence[SignupApproval]:
    """What waits for staff, oldest first, so many at most as a page shows."""
    found = select(SignupApproval).where(SignupApproval.decided_at.is_(None)).order_by(SignupApproval.id).limit(SHOWN)
    return session.scalars(found.options(joinedload(SignupApproval.subscriber))).all()


def decide(session: Session, approval_id: int, *, is_approved: bool, by: StaffMember, now: datetime) -> SignupApproval:
    """Send the confirmation that was asked for, or never; raises Conflict if somebody has decided already."""
    asked = session.get(SignupApproval, approval_id)
    # their row first, as everywhere: who signs up or is erased at this moment holds it already
    subscriber = subscribers.locked(session, asked.subscriber_id) if asked is not None else None
    found = session.get(SignupApproval, approval_id, with_for_update=True, populate_existing=True)
    if subscriber is None or found is None or found.decided_at is not None:
        raise Conflict("Somebody has decided this already.")
    found.is_approved, found.decided_at, found.decided_by_id = is_approved, now, by.id
    if is_approved:
        event = session.get_one(ConsentEvent, found.consent_event_id)
        if _waits(session, event) and not suppressions.is_silenced(session, subscriber.address_hmac):
            deliveries.queue_notice(session, DeliveryKind.CONFIRMATION, subscriber, event, now)
    session.flush()
    return found


def _waits(session: Session, event: ConsentEvent) -> bool:
    """Whether anything of a request is still to be confirmed."""
    pending = select(Subscription.topic_id).where(
        Subscription.subscriber_id == event.subscriber_id,
        Subscription.topic_id.in_(event.topic_ids),
        Subscription.state == SubscriptionState.PENDING,
    )
    return session.scalar(pending.limit(1)) is not None
