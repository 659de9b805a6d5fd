"""What becomes of mail after the next server took it: it bounces, its reader complains, or leaves by mail.

Each of these may be told twice, or late, without effect. What follows for the address is drawn in `conclusions`.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.models import Delivery, SuppressionReason
from app.models.delivery_states import DELIVERY, DeliveryEvent
from app.services import preferences, subscribers, suppressions
from app.services.consent import Origin

BY_COMPLAINT = "complaint to the mailbox provider"
BY_MAIL = "mail to the unsubscribe address"
AT_PROVIDER = "unsubscribed at "


@dataclass(frozen=True, slots=True)
class Reply:
    """What a mail server said, and what kind of answer that is."""

    code: int | None
    enhanced: str | None
    words: str
    reply_class: str


def bounce(session: Session, delivery_id: int, reply: Reply, *, now: datetime) -> bool:
    """A message came back for good; False if the ledger says so already or doesn't know it."""
    row = session.get(Delivery, delivery_id, with_for_update=True)
    if row is None or not _moves(row, DeliveryEvent.BOUNCE, now):
        return False
    row.reply_code, row.reply_enhanced, row.reply_text = reply.code, reply.enhanced, reply.words
    row.reply_class = reply.reply_class
    return True


def complain(session: Session, delivery_id: int, evidence: str, *, now: datetime) -> bool:
    """A reader calls it spam: they get nothing from us any more, and only staff can change that."""
    row = session.get(Delivery, delivery_id)
    # the reader's row first, as everywhere: who leaves or is erased at this moment holds it already
    subscriber = subscribers.locked(session, row.subscriber_id) if row and row.subscriber_id is not None else None
    row = session.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if row is None:
        return False
    moved = _moves(row, DeliveryEvent.COMPLAIN, now)
    if subscriber is not None:
        preferences.leave_all(session, subscriber.id, Origin(BY_COMPLAINT, method="complaint"), now=now)
        suppressions.add(session, subscriber.address_hmac, SuppressionReason.COMPLAINT, evidence)
    return moved


def leave(session: Session, delivery_id: int, *, now: datetime) -> bool:
    """A reader wrote to the unsubscribe address of one of our mails (RFC 2369 section 3.2)."""
    row = session.get(Delivery, delivery_id)
    if row is None or row.subscriber_id is None:
        return False
    if row.campaign_id is None or not preferences.leave_campaign(
        session, row.subscriber_id, row.campaign_id, Origin(BY_MAIL, method="mail"), now=now
    ):
        preferences.leave_all(session, row.subscriber_id, Origin(BY_MAIL, method="mail"), now=now)
    return True


def leave_at_provider(session: Session, delivery_id: int, provider: str, *, now: datetime) -> bool:
    """A reader unsubscribed at the service that sends for us, which holds back whatever we send them from now on."""
    row = session.get(Delivery, delivery_id)
    if row is None or row.subscriber_id is None:
        return False
    preferences.leave_all(
        session, row.subscriber_id, Origin(AT_PROVIDER + provider, method="report of the sending service"), now=now
    )
    return True


def _moves(row: Delivery, event: DeliveryEvent, now: datetime) -> bool:
    if not DELIVERY.allows(row.state, event):
        return False
    row.state = DELIVERY.after(row.state, event)
    row.sent_at = row.sent_at or now
    row.lease_until = row.next_attempt_at = None
    row.first_name = row.last_name = None
    return True
