"""What came back: stored, understood, and what follows for the ledger and the address."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.mail.verp import Verp
from app.models import (
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    DoubtDecision,
    RawReport,
    ReportedEvent,
    ReportedKind,
    ReportSource,
    ReportState,
    Suppression,
    SuppressionReason,
)
from app.services import conclusions, mailroom
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


def in_campaign(session, settings, number, *, failed=0, domain="example.net"):
    """A campaign that was sent to so many readers of one provider, some of whom are said not to exist."""
    sent = campaign(session)
    for place in range(number):
        reader = subscriber(session, settings, f"reader{place}@{domain}")
        is_gone = place < failed
        session.add(
            Delivery(
                kind=DeliveryKind.STATEMENT,
                subscriber_id=reader.id,
                campaign_id=sent.id,
                state=DeliveryState.FAILED if is_gone else DeliveryState.SENT,
                reply_class="hard" if is_gone else None,
                reply_code=550 if is_gone else 250,
                sent_at=None if is_gone else NOW,
                dated=NOW,
            )
        )
    session.commit()


def suppressed(session):
    return session.scalar(select(func.count()).select_from(Suppression))


def test_a_refusal_while_sending_suppresses_as_a_bounce_does(session, settings, desk):
    in_campaign(session, settings, 60, failed=2)
    desk.work()
    assert suppressed(session) == 2
    assert not conclusions.are_due(session)


def test_of_a_provider_that_refuses_everybody_nobody_is_suppressed_before_a_person_says_so(session, settings, desk):
    in_campaign(session, settings, 60, failed=60)
    desk.work()
    assert suppressed(session) == 0
    doubt = conclusions.open_doubts(session)[0]
    assert (doubt.provider, doubt.refused) == ("example.net", 60)
    conclusions.decide(session, doubt.id, DoubtDecision.BELIEVE, now=NOW)
    assert suppressed(session) == 60


def test_what_is_forgiven_costs_nobody_anything(session, settings, desk):
    in_campaign(session, settings, 60, failed=60)
    desk.work()
    conclusions.decide(session, conclusions.open_doubts(session)[0].id, DoubtDecision.FORGIVE, now=NOW)
    session.commit()
    desk.work()
    assert suppressed(session) == 0
    assert conclusions.open_doubts(session) == []


@pytest.mark.parametrize(
    ("ends", "days", "is_suppressed"),
    [
        ("soft soft soft", 8, True),
        ("soft soft soft", 5, False),
        ("soft sent soft", 8, False),
        ("sent quota soft quota", 7, True),
        ("soft soft", 30, False),
    ],
)
def test_a_mailbox_that_keeps_putting_us_off_is_left_alone(session, settings, desk, ends, days, is_suppressed):
    """After three campaigns in a row and two weeks; any mail that was taken begins anew."""
    reader = subscriber(session, settings, "ana@example.net")
    for place, end in enumerate(ends.split()):
        is_sent = end == "sent"
        session.add(
            Delivery(
                kind=DeliveryKind.STATEMENT,
                subscriber_id=reader.id,
                campaign_id=campaign(session).id,
                state=DeliveryState.SENT if is_sent else DeliveryState.FAILED,
                reply_class=None if is_sent else end,
                sent_at=NOW if is_sent else None,
                dated=NOW + timedelta(days=days * place),
            )
        )
    session.commit()
    desk.work()
    reasons = session.scalars(select(Suppression.reason)).all()
    assert reasons == ([SuppressionReason.SOFT_LIMIT] if is_suppressed else [])
