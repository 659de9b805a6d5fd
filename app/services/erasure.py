"""Erasing a person (GDPR article 17): at once, everywhere, and so that no import brings them back (article 21(3)).

The ledger and the consent log go on counting a person of whom nothing is known. What is left of the address is a hash
under a secret pepper among the suppressions; a new sign-up that its owner confirms lifts it, as a new person's.
"""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Column, Table, case, delete, or_, select, update
from sqlalchemy.orm import Session

from app.models import (
    AddressChange,
    Base,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryState,
    ImportRow,
    Subscriber,
    Suppression,
    SuppressionReason,
)
from app.services import consent, erased_reports, on_request, preferences, subscribers, suppressions
from app.services.consent import Origin

_WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
_AFTER_A_RESTORE = Origin("restored copy", actor="system", method="erased again")
_NEVER_SENT = "its reader was erased before it was sent"
_NEVER_ASKED = "the old address was erased before it was sent"
_MAYBE_SENT = "may have arrived; its reader was erased before it was sent once more"


def erase(session: Session, subscriber_id: int, origin: Origin, *, now: datetime) -> bool:
    """Forget somebody who asked for it; False if they are gone already.

    Whoever was subscribed leaves first, so that the numbers of who left are right. The address stays suppressed: as
    `erased`, or for the reason that weighs more, beside which then stands only that.
    """
    subscriber = subscribers.locked(session, subscriber_id)
    if subscriber is None:
        return False
    # before the suppression: whoever concludes one from refusals holds their rows first
    theirs = select(Delivery.id).where(Delivery.subscriber_id == subscriber_id).order_by(Delivery.id)
    session.execute(theirs.with_for_update(key_share=True))
    key, origin = subscriber.address_hmac, Origin(origin.source, actor=origin.actor, method=origin.method)
    if on_request.open_topics(session, subscriber):
        preferences.leave_all(session, subscriber_id, origin, now=now)
    suppressions.add(session, key, SuppressionReason.ERASED)
    session.execute(
        update(Suppression)
        .where(Suppression.address_hmac == key)
        .values(evidence=suppressions.ERASED_ON_REQUEST, created_at=now)
    )
    empty(session, subscriber, origin, now=now)
    return True


def erased(session: Session) -> Sequence[tuple[bytes, datetime]]:
    """Under which keys people are remembered who asked for erasure and have not come back, and since when."""
    was_erased = Suppression.evidence == suppressions.ERASED_ON_REQUEST
    kept = select(Suppression.address_hmac, Suppression.created_at).where(was_erased)
    return [(row.address_hmac, row.created_at) for row in session.execute(kept.order_by(Suppression.created_at))]


def erase_again(session: Session, key: bytes, since: datetime, *, now: datetime) -> bool:
    """Erase whoever an older copy of the database has brought back; False if nobody has this key.

    Who has signed up since they were erased is somebody new, and stays.
    """
    person = session.scalar(select(Subscriber).where(Subscriber.address_hmac == key, Subscriber.created_at <= since))
    return person is not None and erase(session, person.id, _AFTER_A_RESTORE, now=now)


def empty(session: Session, subscriber: Subscriber, origin: Origin, *, now: datetime) -> None:
    """Take everything out of somebody's rows, in all tables; the caller holds the lock of the subscriber's row.

    Suppresses nothing: who never confirmed a sign-up is forgotten like this too, and may sign up again as before.
    """
    consent.record(session, subscriber, ConsentKind.ERASED, [], origin)
    erased_reports.forget(session, subscriber)
    _forget_imported(session, subscriber)
    _forget_mails(session, subscriber.id, now)
    _end_moves(session, subscriber.id)
    theirs = ConsentEvent.subscriber_id == subscriber.id
    session.execute(
        update(ConsentEvent)
        .where(theirs, or_(ConsentEvent.network != "", ConsentEvent.detail != ""))
        .values(network="", detail="")
        .execution_options(synchronize_session=False)
    )
    for table, column in _hanging_on_people():
        session.execute(delete(table).where(column == subscriber.id))
    session.expire(subscriber, ["subscriptions"])
    subscriber.address = subscriber.local = subscriber.domain = subscriber.language = ""
    subscriber.first_name = subscriber.last_name = ""
    subscriber.identity, subscriber.address_hmac = f"erased {uuid4()}", secrets.token_bytes(32)
    subscriber.paused_until = subscriber.import_id = None
    subscriber.erased_at = now
    session.flush()


def _forget_mails(session: Session, subscriber_id: int, now: datetime) -> None:
    """Close what waits, and drop what servers answered: they like to repeat the address."""
    theirs = Delivery.subscriber_id == subscriber_id
    was_sent = Delivery.resent_at.is_not(None)
    waiting = {
        Delivery.state: case((was_sent, DeliveryState.UNKNOWN), else_=DeliveryState.SKIPPED),
        Delivery.reply_text: case((was_sent, _MAYBE_SENT), else_=_NEVER_SENT),
        Delivery.next_attempt_at: None,
    }
    is_ours = Delivery.reply_text.in_([_NEVER_SENT, _MAYBE_SENT])
    session.execute(update(Delivery).where(theirs, Delivery.state.in_(_WAITING)).values(waiting))
    session.execute(
        update(Delivery)
        .where(theirs)
        .values(reply_text=case((is_ours, Delivery.reply_text)), first_name=None, last_name=None)
    )
    came_back = Delivery.state.in_([DeliveryState.FAILED, DeliveryState.BOUNCED]), Delivery.concluded_at.is_(None)
    session.execute(update(Delivery).where(theirs, *came_back).values(concluded_at=now))


def _end_moves(session: Session, subscriber_id: int) -> None:
    """The mail that asks a new address to take over has nothing to ask any more."""
    asked = select(AddressChange.request_event_id).where(AddressChange.old_subscriber_id == subscriber_id)
    waiting = Delivery.state.in_(_WAITING), Delivery.dated.is_(None)
    skipped = {"state": DeliveryState.SKIPPED, "reply_text": _NEVER_ASKED, "next_attempt_at": None}
    session.execute(update(Delivery).where(Delivery.consent_event_id.in_(asked), *waiting).values(**skipped))


def _forget_imported(session: Session, subscriber: Subscriber) -> None:
    """Lines of files that were read; the numbers of the import stay."""
    session.execute(delete(ImportRow).where(ImportRow.identity == subscriber.identity))


def _hanging_on_people() -> Iterator[tuple[Table, Column[int]]]:
    """What goes when a subscriber goes, as the schema says: subscriptions, and whatever else is deleted with them."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == Subscriber.__tablename__ and key.ondelete == "CASCADE":
                yield table, key.parent
