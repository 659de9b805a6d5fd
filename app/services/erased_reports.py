"""Reports about people who were erased: that something came back stays counted, its content and words go.

A report's row stays with its digest, so that a mailbox that is read once more doesn't bring it back.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, case, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session

from app.errors import Invalid
from app.mail.address import EmailAddress
from app.models import Delivery, RawReport, ReportedEvent, ReportState, Subscriber, SuppressionReason
from app.services import suppressions
from app.settings import Settings

BLANK = {"content": b"", "recipient": "", "sender": "", "note": ""}
"""What becomes of a report's columns."""
_SETTLED = (ReportState.SETTLED, ReportState.DISMISSED, ReportState.REVIEW)


def forget(session: Session, subscriber: Subscriber) -> None:
    """Blank the reports about somebody: those that name their mails, and those in which the address stands.

    What was received and not understood yet is left to `is_about_erased`, for it may be about other people too.
    """
    mails = select(Delivery.id).where(Delivery.subscriber_id == subscriber.id)
    told = select(ReportedEvent.report_id).where(ReportedEvent.delivery_id.in_(mails))
    ids = [*session.scalars(told), *session.scalars(unplaced_with(spellings(subscriber)))]
    blank(session, ids)
    of_them = or_(
        ReportedEvent.delivery_id.in_(mails),
        ReportedEvent.report_id.in_(ids) & ReportedEvent.delivery_id.is_(None),
    )
    session.execute(update(ReportedEvent).where(of_them).values(reply_text="", key=_digest_of_key()))


def blank(session: Session, report_ids: Sequence[int]) -> None:
    """Drop what these reports hold; one that waited for staff is dismissed, for there is nothing left to look at."""
    waited = RawReport.state == ReportState.REVIEW
    state = case((waited, ReportState.DISMISSED), else_=RawReport.state)
    chosen = RawReport.id.in_(report_ids), RawReport.state.in_(_SETTLED)
    session.execute(update(RawReport).where(*chosen).values(**BLANK, state=state))


def is_about_erased(session: Session, settings: Settings, delivery: Delivery | None, recipient: str) -> bool:
    """Whether what has just come is about somebody who was erased, by the mail that it names or by the address."""
    if delivery is not None:
        erased = exists().where(Subscriber.id == delivery.subscriber_id, Subscriber.erased_at.is_not(None))
        return delivery.subscriber_id is None or bool(session.scalar(select(erased)))
    try:
        found = suppressions.find(session, suppressions.address_hmac(settings, EmailAddress.parse(recipient)))
    except Invalid:
        return False
    if found is None:
        return False
    return found.reason is SuppressionReason.ERASED or found.evidence == suppressions.ERASED_ON_REQUEST


def spellings(subscriber: Subscriber) -> Sequence[str]:
    """How programs write somebody's address, in small letters: with an @ and as forms and quoted-printable have it."""
    written = {subscriber.address.lower(), subscriber.identity, f"{subscriber.local}@{subscriber.domain}".lower()}
    return sorted(one.replace("@", sign) for one in written for sign in ("@", "%40", "=40"))


def unplaced_with(needles: Sequence[str]) -> Select[int]:
    """The reports of which no mail of ours is known, and in which one of these stands."""
    placed = exists().where(ReportedEvent.report_id == RawReport.id, ReportedEvent.delivery_id.is_not(None))
    unplaced = select(RawReport.id).where(~placed, RawReport.state.in_(_SETTLED)).cte("unplaced")
    words = func.lower(func.concat(func.encode(RawReport.content, "escape"), RawReport.sender, RawReport.note))
    stands = (func.strpos(words, func.encode(literal(needle.encode()), "escape")) > 0 for needle in needles)
    return select(RawReport.id).where(RawReport.id.in_(select(unplaced.c.id)), or_(*stands))


def _digest_of_key() -> ColumnElement[str]:
    """Some providers' keys hold the address; a key's digest tells events apart as well."""
    return func.encode(func.sha256(func.convert_to(ReportedEvent.key, "UTF8")), "hex")
