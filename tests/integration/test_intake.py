"""What came back: stored, understood, and what follows for the ledger and the address."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from app.mail.verp import Verp
from app.models import (
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    RawReport,
    ReportedEvent,
    ReportedKind,
    ReportSource,
    ReportState,
    Suppression,
    SuppressionReason,
)
from app.services import mailroom
from tests.factories import NOW, campaign, subscriber
from tests.integration.conftest import Bell
from tests.unit.reports import COMPLAINT, HOLIDAY, dsn
from worker.workshop import Workshop


@pytest.fixture
def desk(settings, database):
    workshop = Workshop(settings, clock=lambda: NOW, bell=Bell())
    yield workshop.desk
    workshop.close()


@pytest.fixture
def sent(session, settings):
    """A message that was taken by the next server."""
    reader = subscriber(session, settings, "ana@example.net")
    row = Delivery(
        kind=DeliveryKind.STATEMENT,
        subscriber_id=reader.id,
        campaign_id=campaign(session).id,
        state=DeliveryState.SENT,
        sent_at=NOW - timedelta(minutes=5),
    )
    session.add(row)
    session.commit()
    return row


def envelope_sender(settings, delivery):
    return Verp(settings.signing_keys).sender(delivery.id, settings.envelope_domain)


def take(session, content, recipient="", sender="<>"):
    stored = mailroom.take_in(session, ReportSource.LISTENER, content, recipient=recipient, sender=sender)
    session.commit()
    return stored


def test_a_bounce_for_a_reader_who_does_not_exist_suppresses_exactly_that_address(session, settings, desk, sent):
    other = subscriber(session, settings, "ben@example.net")
    take(session, dsn("ana@example.net"), envelope_sender(settings, sent))
    desk.work()
    session.refresh(sent)
    assert (sent.state, sent.reply_code, sent.reply_enhanced) == (DeliveryState.BOUNCED, 550, "5.1.1")
    suppressed = session.scalars(select(Suppression)).one()
    assert (suppressed.address_hmac, suppressed.reason) == (sent.subscriber.address_hmac, SuppressionReason.HARD)
    assert suppressed.address_hmac != other.address_hmac
    assert session.scalars(select(RawReport)).one().state is ReportState.SETTLED


def test_a_bounce_without_a_valid_mac_changes_nobody_and_waits_for_staff(session, settings, desk, sent):
    forged = envelope_sender(settings, sent).replace("-", "-a", 1)
    take(session, dsn("ana@example.net"), forged)
    desk.work()
    session.refresh(sent)
    assert sent.state is DeliveryState.SENT
    report = session.scalars(select(RawReport)).one()
    assert report.state is ReportState.REVIEW
    assert "Nobody can say for sure" in report.note
    assert session.scalar(select(func.count()).select_from(Suppression)) == 0


def test_the_same_report_twice_is_one(session, settings, desk, sent):
    assert take(session, dsn("ana@example.net"), envelope_sender(settings, sent))
    assert not take(session, dsn("ana@example.net"), envelope_sender(settings, sent))
    desk.work()
    desk.work()
    assert session.scalars(select(ReportedEvent)).one().kind is ReportedKind.BOUNCE


def test_a_complaint_ends_everything_for_good(session, settings, desk, sent):
    take(session, COMPLAINT.replace(b"%SENDER%", envelope_sender(settings, sent).encode()), "fbl@example.org")
    desk.work()
    session.refresh(sent)
    assert sent.state is DeliveryState.COMPLAINED
    assert session.scalars(select(Suppression)).one().reason is SuppressionReason.COMPLAINT
    assert session.scalars(select(ConsentEvent)).one().kind is ConsentKind.WITHDRAWN


def test_somebody_on_holiday_has_not_bounced(session, settings, desk, sent):
    take(session, HOLIDAY, envelope_sender(settings, sent), "ana@example.net")
    desk.work()
    session.refresh(sent)
    assert sent.state is DeliveryState.SENT
    assert session.scalars(select(RawReport)).one().state is ReportState.SETTLED


def test_a_bounce_that_comes_before_the_ledger_was_told_is_believed(session, settings, desk, sent):
    sent.state, sent.sent_at = DeliveryState.SENDING, None
    sent.claimed_by, sent.lease_until = "somebody", NOW + timedelta(minutes=5)
    session.commit()
    take(session, dsn("ana@example.net"), envelope_sender(settings, sent))
    desk.work()
    session.refresh(sent)
    assert sent.state is DeliveryState.BOUNCED


def test_mail_to_the_unsubscribe_address_unsubscribes(session, settings, desk, sent):
    recipient = "u" + envelope_sender(settings, sent)[1:]
    take(session, b"From: ana@example.net\r\nSubject: \r\n\r\n", recipient.upper(), "ana@example.net")
    desk.work()
    assert session.scalars(select(ConsentEvent)).one().kind is ConsentKind.WITHDRAWN


POISON = {
    "a domain with NUL": dsn("ana@exam\0ple.net"),
    "half characters": dsn("ana@\ud83d.example".encode("utf-8", "surrogatepass").decode("latin-1")),
    "NUL in the words": dsn("ana@example.net", diagnostic="smtp; 550 5.1.1 \0 nobody"),
    "a domain without end": dsn("ana@" + "a" * 5000),
    "NUL in an automatic answer": HOLIDAY.replace(b"Open", b"\0\xff\xfe"),
    "NUL in a complaint": COMPLAINT.replace(b"ProviderFBL", b"\0\xed\xa0\x80"),
}


@pytest.mark.parametrize("name", POISON)
def test_what_no_database_takes_holds_up_nothing(session, settings, desk, sent, name):
    take(session, POISON[name], "somebody@example.org")
    take(session, dsn("ana@example.net"), envelope_sender(settings, sent))
    desk.work()
    session.refresh(sent)
    assert sent.state is DeliveryState.BOUNCED
    assert ReportState.RECEIVED not in session.scalars(select(RawReport.state)).all()


def test_a_reader_of_reports_that_breaks_keeps_the_report_for_staff(session, settings, desk, sent, monkeypatch):
    take(session, b"broken", envelope_sender(settings, sent))
    monkeypatch.setattr("worker.intake.desk.reading.read", lambda *_, **__: 1 / 0)
    desk.work()
    report = session.scalars(select(RawReport)).one()
    assert (report.state, "could not be read" in report.note) == (ReportState.REVIEW, True)


def test_a_report_of_fifty_megabytes_is_cut_and_believed_no_further_than_its_headers(session, settings, desk, sent):
    take(session, dsn("ana@example.net") + b"x" * 50_000_000, envelope_sender(settings, sent))
    desk.work()
    session.refresh(sent)
    report = session.scalars(select(RawReport).options(undefer(RawReport.content))).one()
    assert (report.octets > 50_000_000, len(report.content) < 65_600) == (True, True)
    assert (report.state, sent.state) == (ReportState.REVIEW, DeliveryState.SENT)
