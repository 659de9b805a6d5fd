"""The mail room: takes in what comes back, before anybody tries to understand it."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload, undefer

from app.errors import NotFound
from app.jobs import ring_later, understand_reports
from app.models import RawReport, ReportedEvent, ReportSource, ReportState
from app.models.report_states import REPORT, ReportEvent

MOST_OCTETS = 1_000_000
"""What is longer is cut after its headers: no report is (standards B-03)."""
_LONGEST_HEAD = 65_536
_HEAD_END = re.compile(rb"\r?\n\r?\n")
PAGE_SIZE = 50


def take_in(
    session: Session,
    source: ReportSource,
    content: bytes,
    *,
    recipient: str = "",
    sender: str = "",
    once: str = "",
) -> bool:
    """Store a report; False if the same one is there already. What is too long to be a report is cut, and says so.

    `once` tells it from its copies in place of its content, where the source signs something that is good for one call.
    """
    told_by = once.encode() or content
    digest = hashlib.sha256(b"\0".join([source.encode(), recipient.lower().encode(), told_by])).digest()
    row = {
        "source": source,
        "digest": digest,
        "recipient": recipient[:320],
        "sender": sender[:320],
        "octets": len(content),
        "content": content if len(content) <= MOST_OCTETS else head_of(content),
    }
    stored = session.scalar(insert(RawReport).values(row).on_conflict_do_nothing().returning(RawReport.id))
    if stored is not None:
        ring_later(session, understand_reports())
    return stored is not None


def are_waiting(session: Session, *, before: datetime) -> bool:
    """Whether reports from before that moment wait that nobody has understood yet."""
    waiting = exists().where(RawReport.state == ReportState.RECEIVED, RawReport.created_at < before)
    return bool(session.scalar(select(waiting)))


@dataclass(frozen=True, slots=True)
class Page:
    """Some reports, newest first; `older` is the last one's number if there are more."""

    reports: Sequence[RawReport]
    older: int | None


def for_review(session: Session, *, before: int | None = None) -> Page:
    """Reports that a person has to look at, newest first, a page of them."""
    chosen = select(RawReport).where(RawReport.state == ReportState.REVIEW)
    if before is not None:
        chosen = chosen.where(RawReport.id < before)
    found = session.scalars(chosen.order_by(RawReport.id.desc()).limit(PAGE_SIZE + 1)).all()
    return Page(found[:PAGE_SIZE], found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None)


def number_for_review(session: Session) -> int:
    """How many reports wait for a person."""
    waiting = select(func.count()).select_from(RawReport).where(RawReport.state == ReportState.REVIEW)
    return session.scalar(waiting) or 0


def said_of(session: Session, delivery_id: int) -> Sequence[ReportedEvent]:
    """What reports say about one message, oldest first, each with its report."""
    told = select(ReportedEvent).where(ReportedEvent.delivery_id == delivery_id).order_by(ReportedEvent.id)
    return session.scalars(told.options(joinedload(ReportedEvent.report))).all()


def said_in(session: Session, report_id: int) -> Sequence[ReportedEvent]:
    """What one report says, in its order."""
    told = select(ReportedEvent).where(ReportedEvent.report_id == report_id).order_by(ReportedEvent.id)
    return session.scalars(told).all()


def find(session: Session, report_id: int) -> RawReport:
    """A report with its content; raises NotFound."""
    found = session.get(RawReport, report_id, options=[undefer(RawReport.content)])
    if found is None:
        raise NotFound("This report is not here any more.")
    return found


def dismiss(session: Session, report_id: int, *, now: datetime, by: int | None = None) -> None:
    """Somebody (`by`, a member of staff, or who uses the command line) has looked at it, and nothing follows.

    Raises NotFound, and Conflict where it isn't under review.
    """
    report = find(session, report_id)
    state = REPORT.after(report.state, ReportEvent.DISMISS)
    session.execute(
        update(RawReport).where(RawReport.id == report_id).values(state=state, reviewed_by_id=by, reviewed_at=now)
    )


def head_of(content: bytes) -> bytes:
    """The headers alone, and not too many of them: of what is too long, nobody reads more."""
    end = _HEAD_END.search(content, 0, _LONGEST_HEAD)
    return content[: end.start() if end else _LONGEST_HEAD] + b"\r\n\r\n"
