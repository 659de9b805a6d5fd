"""The desk: works through the reports that came in, one transaction each. Whatever is repeated has no second effect."""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker, undefer

from app.clock import Clock
from app.mailbox_providers import MailboxProviders
from app.models import (
    BY_MAIL,
    Delivery,
    RawReport,
    ReplyClass,
    ReportedEvent,
    ReportedKind,
    ReportSource,
    ReportState,
    Subscriber,
)
from app.models.report_states import REPORT, ReportEvent
from app.services import conclusions, erased_reports, returns
from app.services.returns import Reply
from app.settings import Settings
from worker.intake import providers, reading
from worker.intake.findings import Finding, Understood
from worker.intake.tracing import Tracing
from worker.replies import classify
from worker.smtp.outcome import Outcome

_NOBODY = (
    "Nobody can say for sure which of our mails it is about: no address of ours with a valid signature is named in it."
)
_NO_MAIL_OF_OURS = (
    "It is from {source}, but names none of our mails to this address. It may be about a mail of another program."
)
_ACTING = (ReportedKind.BOUNCE, ReportedKind.COMPLAINT, ReportedKind.UNSUBSCRIBE)
log = structlog.get_logger()


class Desk:
    """Understands reports and applies what they say."""

    def __init__(self, settings: Settings, sessions: sessionmaker[Session], clock: Clock) -> None:
        self._settings = settings
        self._sessions = sessions
        self._clock = clock
        self._tracing = Tracing(settings)
        self._providers = MailboxProviders.from_settings(settings)

    def work(self) -> None:
        """Until nothing is left that waits, then draw what follows."""
        while self._next():
            pass
        self.conclude()

    def conclude(self) -> None:
        """Draw what follows from refusals and bounces."""
        while True:
            with self._sessions.begin() as session:
                if not conclusions.draw(session, self._settings, now=self._clock()):
                    return

    def _next(self) -> bool:
        with self._sessions.begin() as session:
            report = session.scalar(
                select(RawReport)
                .where(RawReport.state == ReportState.RECEIVED)
                .order_by(RawReport.id)
                .limit(1)
                .with_for_update(skip_locked=True)
                .options(undefer(RawReport.content))
            )
            if report is None:
                return False
            self._settle(session, report, self._clock())
        return True

    def _settle(self, session: Session, report: RawReport, now: datetime) -> None:
        """Understand one report. What breaks the reader of reports is kept for staff, and holds up no other."""
        try:
            with session.begin_nested():
                note = self._understand(session, report, now)
        except Exception as error:
            if isinstance(error, SQLAlchemyError) and not isinstance(error, DataError):
                raise
            log.exception("report.unreadable", report=report.id)
            note = f"It could not be read: {_storable(str(error))[:300]}"
        report.note = note
        report.understood_at = now
        report.state = REPORT.after(report.state, ReportEvent.PUZZLE if note else ReportEvent.SETTLE)

    def _understand(self, session: Session, report: RawReport, now: datetime) -> str:
        """Apply what a report says; gives what a person has to look at, if anything."""
        understood = self._read(report)
        notes = [self._apply(session, report, place, found, now) for place, found in enumerate(understood.findings)]
        return understood.trouble or " ".join(dict.fromkeys(note for note in notes if note))

    def _read(self, report: RawReport) -> Understood:
        if report.source not in BY_MAIL:
            return providers.read(report.source, report.content)
        return reading.read(
            report.content, report.recipient, report.sender, is_whole=report.octets == len(report.content)
        )

    def _apply(self, session: Session, report: RawReport, place: int, found: Finding, now: datetime) -> str:
        """Note one finding and do what follows; gives what a person has to look at, if anything."""
        delivery = self._tracing.delivery(session, report.source, found)
        is_erased = erased_reports.is_about_erased(session, self._settings, delivery, found.recipient)
        if is_erased:
            found = found.without_words()
            report.content, report.recipient, report.sender = b"", "", ""
        reply = _reply(found)
        row = {
            "report_id": report.id,
            "source": report.source,
            "key": _storable(found.key)[:200] or f"{report.digest.hex()} {place}",
            "kind": found.kind,
            "delivery_id": delivery.id if delivery else None,
            "provider": self._provider(session, delivery, found),
            "reply_code": reply.code,
            "reply_enhanced": (reply.enhanced or "")[:12] or None,
            "reply_text": reply.words,
            "reply_class": reply.reply_class or None,
            "created_at": now,
        }
        added = session.scalar(insert(ReportedEvent).values(row).on_conflict_do_nothing().returning(ReportedEvent.id))
        if added is None or found.kind not in _ACTING:
            return ""
        if delivery is None and is_erased:
            return ""
        if delivery is None:
            return _NOBODY if report.source in BY_MAIL else _NO_MAIL_OF_OURS.format(source=report.source.called)
        self._act(session, report.source, delivery.id, found, reply)
        return ""

    def _act(self, session: Session, source: ReportSource, delivery_id: int, found: Finding, reply: Reply) -> None:
        now = self._clock()
        if found.kind is ReportedKind.BOUNCE:
            returns.bounce(session, delivery_id, reply, now=now)
        elif found.kind is ReportedKind.COMPLAINT:
            returns.complain(session, delivery_id, reply.words, now=now)
        elif source in BY_MAIL:
            returns.leave(session, delivery_id, now=now)
        else:
            returns.leave_at_provider(session, delivery_id, source.called, now=now)

    def _provider(self, session: Session, delivery: Delivery | None, found: Finding) -> str:
        subscriber = session.get(Subscriber, delivery.subscriber_id) if delivery and delivery.subscriber_id else None
        domain = subscriber.domain if subscriber else found.recipient.rpartition("@")[2]
        return self._providers.provider_of(_storable(domain.lower())[:255])[:255]


def _reply(found: Finding) -> Reply:
    outcome = found.outcome
    if outcome is None:
        return Reply(None, None, _storable(found.words[:1000]), "")
    reply_class = class_of(outcome, found.milder)
    return Reply(outcome.code, outcome.enhanced, _storable(outcome.text[:1000]), reply_class.value)


def class_of(outcome: Outcome, milder: ReplyClass | None) -> ReplyClass:
    """What the table says; but where the provider itself doesn't say that the address is gone, it isn't."""
    reply_class = classify(outcome)
    return milder if milder and reply_class in {ReplyClass.HARD, ReplyClass.INACTIVE} else reply_class


def _storable(text: str) -> str:
    """Text that PostgreSQL takes: neither NUL nor half a character."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
