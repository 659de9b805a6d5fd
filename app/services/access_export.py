"""Everything that is kept about one person, as data that both JSON and a page can be made of (GDPR articles 15, 20)."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, undefer

from app.models import (
    BY_MAIL,
    AuditEntry,
    Base,
    ConsentEvent,
    ConsentText,
    Delivery,
    ImportRow,
    RawReport,
    ReportedEvent,
    Subscriber,
    SubscriberImport,
    Subscription,
    Topic,
)
from app.services import erased_reports, subscriber_story, suppressions
from app.services.subscriber_story import Mail
from app.settings import Settings

Facts = dict[str, Any]
"""Names and values of one thing; what of it is not there is None or empty."""


def gather(session: Session, settings: Settings, subscriber: Subscriber, *, now: datetime) -> Facts:
    """All of it: every table that names this person, by their row or by their address, is asked."""
    return {
        "made_at": now,
        "made_by": {"organisation": settings.organisation, "contact": settings.contact_email},
        "person": _person(session, subscriber),
        "subscriptions": _subscriptions(session, subscriber),
        "consent": _consent(session, subscriber),
        "suppression": _suppression(session, subscriber),
        "mails": [_mail(mail) for mail in subscriber_story.every_mail(session, subscriber.id)],
        "reports": _reports(session, subscriber),
        "imported_lines": _imported_lines(session, subscriber),
        "acts_of_staff": _acts(session, subscriber),
        "more": _more(session, subscriber),
    }


def as_json(facts: Facts) -> str:
    """The same for a machine: states by their names, moments as ISO 8601 has them in UTC, bytes in hexadecimal."""
    return json.dumps(_plain(facts), ensure_ascii=False, indent=2) + "\n"


def _person(session: Session, subscriber: Subscriber) -> Facts:
    brought = session.get(SubscriberImport, subscriber.import_id) if subscriber.import_id is not None else None
    return {
        "address": subscriber.address,
        "first_name": subscriber.first_name,
        "last_name": subscriber.last_name,
        "language": subscriber.language,
        "known_since": subscriber.created_at,
        "paused_until": subscriber.paused_until,
        "came_from": {"source": brought.source, "consented_on": brought.consented_on, "basis": brought.basis}
        if brought
        else None,
    }


def _subscriptions(session: Session, subscriber: Subscriber) -> Sequence[Facts]:
    return [
        {
            "topic": row.topic.name,
            "state": row.state,
            "requested_at": row.requested_at,
            "confirmed_at": row.confirmed_at,
            "unsubscribed_at": row.unsubscribed_at,
        }
        for row in subscriber_story.subscriptions_of(session, subscriber.id)
    ]


def _consent(session: Session, subscriber: Subscriber) -> Sequence[Facts]:
    names: dict[int, str] = {row.id: row.name for row in session.execute(select(Topic.id, Topic.name))}
    rows = session.execute(
        select(ConsentEvent, ConsentText)
        .outerjoin(ConsentText, ConsentText.id == ConsentEvent.consent_text_id)
        .where(ConsentEvent.subscriber_id == subscriber.id)
        .order_by(ConsentEvent.id)
    ).all()
    return [
        {
            "at": event.created_at,
            "what": event.kind,
            "topics": [names.get(one, "") for one in event.topic_ids],
            "words_shown": text.words if text else "",
            "version_of_the_words": text.version if text else "",
            "source": event.source,
            "language": event.language,
            "method": event.method,
            "by": event.actor,
            "network": event.network,
            "said": event.detail,
        }
        for event, text in rows
    ]


def _suppression(session: Session, subscriber: Subscriber) -> Facts | None:
    found = suppressions.find(session, subscriber.address_hmac)
    return {"reason": found.reason, "since": found.created_at, "evidence": found.evidence} if found else None


def _mail(mail: Mail) -> Facts:
    row = mail.delivery
    return {
        "what": row.kind,
        "subject": mail.subject,
        "language": row.language,
        "name_used": " ".join(filter(None, (row.first_name, row.last_name))),
        "state": row.state,
        "entered_at": row.created_at,
        "dated": row.dated,
        "sent_at": row.sent_at,
        "attempts": row.attempts,
        "answer": _answer(row),
        "kind_of_answer": row.reply_class,
        "relay": row.relay,
        "name_of_the_message": row.message_key,
    }


def _reports(session: Session, subscriber: Subscriber) -> Sequence[Facts]:
    """What came back: by mail whole, of a service's call only what it says of this person."""
    mails = select(Delivery.id).where(Delivery.subscriber_id == subscriber.id)
    placed = set(session.scalars(select(ReportedEvent.report_id).where(ReportedEvent.delivery_id.in_(mails))))
    ids = placed | set(session.scalars(erased_reports.unplaced_with(erased_reports.spellings(subscriber))))
    found = select(RawReport).where(RawReport.id.in_(ids)).order_by(RawReport.id)
    theirs = or_(ReportedEvent.delivery_id.in_(mails), ReportedEvent.delivery_id.is_(None))
    return [
        {
            "at": report.created_at,
            "came_by": report.source,
            "from": report.sender,
            "content": report.content.decode("utf-8", "replace") if report.source in BY_MAIL else "",
            "says": _said(session, report.id, theirs),
        }
        for report in session.scalars(found.options(undefer(RawReport.content)))
    ]


def _said(session: Session, report_id: int, theirs: ColumnElement[bool]) -> Sequence[Facts]:
    events = select(ReportedEvent).where(ReportedEvent.report_id == report_id, theirs).order_by(ReportedEvent.id)
    return [
        {
            "what": event.kind,
            "provider": event.provider,
            "answer": _answer(event),
        }
        for event in session.scalars(events)
    ]


def _answer(told: Delivery | ReportedEvent) -> str:
    return " ".join(str(part) for part in (told.reply_code, told.reply_enhanced, told.reply_text) if part)


def _imported_lines(session: Session, subscriber: Subscriber) -> Sequence[Facts]:
    rows = session.execute(
        select(ImportRow, SubscriberImport.name, SubscriberImport.source)
        .join(SubscriberImport, SubscriberImport.id == ImportRow.import_id)
        .where(ImportRow.identity == subscriber.identity)
        .order_by(ImportRow.import_id, ImportRow.line)
    ).all()
    return [
        {
            "file": name,
            "source": source,
            "line": row.line,
            "address": row.address,
            "first_name": row.first_name,
            "last_name": row.last_name,
            "verdict": row.verdict,
            "reason": row.reason,
        }
        for row, name, source in rows
    ]


def _acts(session: Session, subscriber: Subscriber) -> Sequence[Facts]:
    """What staff did about them; who of the staff it was is no matter of theirs."""
    about = AuditEntry.object_type == "subscriber", AuditEntry.object_id == str(subscriber.id)
    acts = select(AuditEntry.at, AuditEntry.action, AuditEntry.details).where(*about).order_by(AuditEntry.id)
    return [{"at": row.at, "what": row.action, "details": row.details} for row in session.execute(acts)]


def _more(session: Session, subscriber: Subscriber) -> Facts:
    """Whatever else hangs on their row, by its table: so that a table that comes later is not forgotten here."""
    found: Facts = {}
    for table in Base.metadata.sorted_tables:
        if table.name == Subscription.__tablename__:
            continue
        for key in table.foreign_keys:
            if key.column.table.name == Subscriber.__tablename__ and key.ondelete == "CASCADE":
                rows = session.execute(select(table).where(key.parent == subscriber.id)).mappings()
                found.setdefault(table.name, []).extend(dict(row) for row in rows)
    return {name: rows for name, rows in found.items() if rows}


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            plain: Any = {str(name): _plain(one) for name, one in value.items()}
        case list() | tuple():
            plain = [_plain(one) for one in value]
        case Enum():
            plain = value.value
        case datetime():
            plain = value.astimezone(UTC).isoformat()
        case date():
            plain = value.isoformat()
        case UUID():
            plain = str(value)
        case bytes() | memoryview():
            plain = value.hex()
        case _:
            plain = value
    return plain
