"""Rules of retention for what stands beside people and mails: reports, evidence, imports, sign-ins, letters."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from app.models import (
    ImportPiece,
    ImportRow,
    ImportState,
    Letter,
    LetterState,
    RawReport,
    ReportedEvent,
    ReportState,
    StaffLink,
    StaffSession,
    SubscriberImport,
    Suppression,
    SuppressionReason,
)
from app.models.import_states import IMPORT, ImportEvent
from app.services import erased_reports, suppressions
from app.services.retention_periods import Periods

Let = Callable[[Session, Sequence[int], datetime], None]
_SAID_BY_SERVERS = (
    SuppressionReason.HARD,
    SuppressionReason.INACTIVE,
    SuppressionReason.SOFT_LIMIT,
    SuppressionReason.COMPLAINT,
)
_TOUCHED = func.coalesce(SubscriberImport.touched_at, SubscriberImport.created_at)


def _reports(kept: Periods, now: datetime) -> Select[Any]:
    is_there = or_(func.octet_length(RawReport.content) > 0, RawReport.sender != "", RawReport.recipient != "")
    return select(RawReport.id).where(
        RawReport.created_at < now - kept.replies, RawReport.state != ReportState.RECEIVED, is_there
    )


def _blank(session: Session, ids: Sequence[int], now: datetime) -> None:
    del now
    erased_reports.blank(session, ids)


def _events(kept: Periods, now: datetime) -> Select[Any]:
    return select(ReportedEvent.id).where(ReportedEvent.reply_text != "", ReportedEvent.created_at < now - kept.replies)


def _forget_words(session: Session, ids: Sequence[int], now: datetime) -> None:
    del now
    session.execute(update(ReportedEvent).where(ReportedEvent.id.in_(ids)).values(reply_text=""))


def _evidence(kept: Periods, now: datetime) -> Select[Any]:
    return select(Suppression.id).where(
        Suppression.evidence.not_in(("", suppressions.ERASED_ON_REQUEST)),
        Suppression.reason.in_(_SAID_BY_SERVERS),
        Suppression.created_at < now - kept.replies,
    )


def _forget_evidence(session: Session, ids: Sequence[int], now: datetime) -> None:
    del now
    session.execute(update(Suppression).where(Suppression.id.in_(ids)).values(evidence=""))


def _imports(kept: Periods, now: datetime) -> Select[Any]:
    """Imports with lines or files that nobody has touched for long, however far they came."""
    has_lines = exists().where(ImportRow.import_id == SubscriberImport.id)
    has_files = exists().where(ImportPiece.import_id == SubscriberImport.id)
    return select(SubscriberImport.id).where(now - kept.imports > _TOUCHED, or_(has_lines, has_files))


def _forget_lines(session: Session, ids: Sequence[int], now: datetime) -> None:
    """One that was never applied can't be any more, and is given up; one that was can still be undone."""
    for made in session.scalars(select(SubscriberImport).where(SubscriberImport.id.in_(ids)).with_for_update()):
        if made.state is ImportState.READING:
            made.state = IMPORT.after(made.state, ImportEvent.FAIL)
        if IMPORT.allows(made.state, ImportEvent.DISCARD):
            made.state, made.touched_at = IMPORT.after(made.state, ImportEvent.DISCARD), now
    session.flush()
    for table in (ImportRow, ImportPiece):
        session.execute(delete(table).where(table.import_id.in_(ids)))


def _sessions(kept: Periods, now: datetime) -> Select[Any]:
    return select(StaffSession.id).where(StaffSession.created_at < now - kept.sessions)


def _end(session: Session, ids: Sequence[int], now: datetime) -> None:
    del now
    session.execute(delete(StaffSession).where(StaffSession.id.in_(ids)))


def _links(kept: Periods, now: datetime) -> Select[Any]:
    return select(StaffLink.id).where(StaffLink.expires_at < now - kept.sessions)


def _drop_links(session: Session, ids: Sequence[int], now: datetime) -> None:
    del now
    session.execute(delete(StaffLink).where(StaffLink.id.in_(ids)))


def _letters(kept: Periods, now: datetime) -> Select[Any]:
    waiting = (LetterState.QUEUED, LetterState.SENDING)
    return select(Letter.id).where(Letter.created_at < now - kept.deliveries, Letter.state.not_in(waiting))


def _drop_letters(session: Session, ids: Sequence[int], now: datetime) -> None:
    del now
    session.execute(delete(Letter).where(Letter.id.in_(ids)))


RULES: Sequence[tuple[str, str, Callable[[Periods, datetime], Select[Any]], Let]] = (
    ("reports", "reports that came back, emptied", _reports, _blank),
    ("events", "words in what reports say, emptied", _events, _forget_words),
    ("evidence", "words beside suppressions, emptied", _evidence, _forget_evidence),
    ("imports", "imports whose lines and files are dropped", _imports, _forget_lines),
    ("sessions", "sign-ins of staff that have ended", _sessions, _end),
    ("links", "mailed links of staff that have expired", _links, _drop_links),
    ("letters", "letters to staff", _letters, _drop_letters),
)
