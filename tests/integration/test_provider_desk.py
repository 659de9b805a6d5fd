"""What follows when a sending service reports: from its call to the ledger, the consent log and the address."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import create_app
from app.clock import utc_now
from app.db import db
from app.hooks.door import KEY
from app.hooks.gates import gates_of
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
from tests.sending_services import TOKEN, Amazon, basic, mailgun_body, sendgrid_headers, signed, sns, with_hooks
from tests.unit import provider_samples as samples
from worker.workshop import Workshop

UNKNOWN = "550 5.1.1 The email account that you tried to reach does not exist."
SES, POSTMARK, SENDGRID, MAILGUN, BREVO = list(ReportSource)[3:]


@pytest.fixture
def desk(settings, database):
    workshop = Workshop(settings, clock=lambda: NOW, bell=Bell())
    yield workshop.desk
    workshop.close()


@pytest.fixture
def sent(session, settings):
    """A message that was taken by the sending service."""
    reader = subscriber(session, settings, "Ana@example.net")
    row = Delivery(
        kind=DeliveryKind.STATEMENT,
        subscriber_id=reader.id,
        campaign_id=campaign(session).id,
        state=DeliveryState.SENT,
        sent_at=NOW - timedelta(minutes=5),
        reply_code=250,
        reply_text="Ok: queued as Lli-03HcQ5-JLybO9fXsJg",
    )
    session.add(row)
    session.commit()
    return row


def about(said, delivery):
    """The same report, about this message."""
    return json.dumps(said).replace(samples.KEY, delivery.message_key.hex).encode()


def take(session, source, content):
    mailroom.take_in(session, source, content)
    session.commit()


def notes(session):
    session.rollback()
    return session.execute(select(RawReport.state, RawReport.note)).all()


def count(session, model):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


BOUNCES = {
    SES: samples.ses_bounce("Permanent", "General", "5.1.1", f"smtp; {UNKNOWN}"),
    POSTMARK: samples.postmark("HardBounce", f"smtp;{UNKNOWN}"),
    SENDGRID: samples.sendgrid("bounce", type="bounce", status="5.1.1", reason=UNKNOWN),
    MAILGUN: samples.mailgun("failed", severity="permanent", code=550, message=UNKNOWN[4:]),
    BREVO: samples.brevo("hard_bounce", reason=UNKNOWN),
}
COMPLAINTS = {
    SES: samples.ses_complaint(),
    POSTMARK: samples.postmark("SpamComplaint", RecordType="SpamComplaint"),
    SENDGRID: samples.sendgrid("spamreport"),
    MAILGUN: samples.mailgun("complained"),
    BREVO: samples.brevo("spam"),
}
UNSUBSCRIBES = {
    SES: samples.ses_subscription(unsubscribeAll=True),
    POSTMARK: samples.postmark_change(),
    SENDGRID: samples.sendgrid("unsubscribe"),
    MAILGUN: samples.mailgun("unsubscribed"),
    BREVO: samples.brevo("unsubscribe"),
}


@pytest.mark.parametrize("source", BOUNCES)
def test_a_bounce_of_an_address_that_is_gone_suppresses_exactly_that_address(session, settings, desk, sent, source):
    other = subscriber(session, settings, "ben@example.net")
    take(session, source, about(BOUNCES[source], sent))
    desk.work()
    session.refresh(sent)
    assert (sent.state, sent.reply_code, sent.reply_enhanced) == (DeliveryState.BOUNCED, 550, "5.1.1")
    suppressed = session.scalars(select(Suppression)).one()
    assert (suppressed.address_hmac, suppressed.reason) == (sent.subscriber.address_hmac, SuppressionReason.HARD)
    assert suppressed.address_hmac != other.address_hmac
    assert notes(session) == [(ReportState.SETTLED, "")]


@pytest.mark.parametrize("source", COMPLAINTS)
def test_a_complaint_ends_everything_and_is_in_the_consent_log(session, desk, sent, source):
    take(session, source, about(COMPLAINTS[source], sent))
    desk.work()
    session.refresh(sent)
    assert sent.state is DeliveryState.COMPLAINED
    assert session.scalars(select(Suppression)).one().reason is SuppressionReason.COMPLAINT
    assert session.scalars(select(ConsentEvent)).one().kind is ConsentKind.WITHDRAWN


@pytest.mark.parametrize("source", UNSUBSCRIBES)
def test_who_unsubscribes_at_the_service_is_unsubscribed_here(session, desk, sent, source):
    take(session, source, about(UNSUBSCRIBES[source], sent))
    desk.work()
    event = session.scalars(select(ConsentEvent)).one()
    assert (event.kind, event.source) == (ConsentKind.WITHDRAWN, f"unsubscribed at {source.called}")
    assert session.scalars(select(Suppression)).one().reason is SuppressionReason.UNSUBSCRIBED


def test_an_earlier_complaint_that_amazon_remembers_is_no_new_one(session, desk, sent):
    take(session, SES, about(samples.ses_complaint(complaintSubType="OnAccountSuppressionList"), sent))
    desk.work()
    session.refresh(sent)
    assert (sent.state, sent.reply_class) == (DeliveryState.BOUNCED, "soft")
    assert count(session, Suppression) == count(session, ConsentEvent) == 0


@pytest.mark.parametrize("source", BOUNCES)
def test_an_event_that_is_told_again_in_another_call_has_no_second_effect(session, desk, sent, source):
    content = about(COMPLAINTS[source], sent)
    take(session, source, content)
    take(session, source, content + b"\n")
    desk.work()
    assert count(session, RawReport) == 2
    assert session.scalars(select(ReportedEvent)).one().kind is ReportedKind.COMPLAINT
    assert count(session, ConsentEvent) == 1


@pytest.mark.parametrize("source", BOUNCES)
def test_of_an_address_alone_nothing_is_believed(session, desk, sent, source):
    sent.reply_text = "Ok: queued as something-else"
    take(session, source, json.dumps(BOUNCES[source]).replace(samples.KEY, "0" * 32).encode())
    desk.work()
    session.refresh(sent)
    assert sent.state is DeliveryState.SENT
    ((state, note),) = notes(session)
    assert state is ReportState.REVIEW
    assert f"It is from {source.called}, but names none of our mails" in note


@pytest.mark.parametrize("source", BOUNCES)
def test_a_message_alone_says_nothing_about_another_reader(session, settings, desk, sent, source):
    subscriber(session, settings, "ben@example.net")
    take(session, source, about(BOUNCES[source], sent).replace(b"ana@example.net", b"ben@example.net"))
    desk.work()
    session.refresh(sent)
    assert sent.state is DeliveryState.SENT
    assert count(session, Suppression) == 0


def test_amazon_is_believed_by_our_envelope_sender_where_it_leaves_headers_out(session, settings, desk, sent):
    sender = Verp(settings.signing_keys).sender(sent.id, settings.envelope_domain)
    said = samples.ses_bounce("Permanent", "General", "5.1.1", f"smtp; {UNKNOWN}", headers=False)
    take(session, SES, json.dumps(said).replace(samples.SENDER, sender.upper()).encode())
    desk.work()
    session.refresh(sent)
    assert sent.state is DeliveryState.BOUNCED


def test_a_message_is_known_by_the_name_that_the_service_gave_it_when_it_took_it(session, desk, sent):
    """SendGrid leaves our Message-ID out of complaints."""
    (event,) = samples.sendgrid("spamreport")
    del event["smtp-id"]
    take(session, SENDGRID, json.dumps([event]).encode())
    desk.work()
    session.refresh(sent)
    assert sent.state is DeliveryState.COMPLAINED


@pytest.mark.parametrize("name", ["", "Ok: queued as", "%", "_" * 16, "queued"])
def test_a_name_that_could_be_any_names_nothing(session, desk, sent, name):
    (event,) = samples.sendgrid("spamreport", sg_message_id=name)
    del event["smtp-id"]
    take(session, SENDGRID, json.dumps([event]).encode())
    desk.work()
    session.refresh(sent)
    assert sent.state is DeliveryState.SENT


def test_what_is_about_the_sender_costs_no_reader_anything(session, desk, sent):
    take(session, SENDGRID, about(samples.sendgrid("bounce", type="blocked", status="5.1.1", reason=UNKNOWN), sent))
    desk.work()
    session.refresh(sent)
    assert (sent.state, sent.reply_class) == (DeliveryState.BOUNCED, "blocked")
    assert count(session, Suppression) == 0


@pytest.mark.parametrize("source", BOUNCES)
def test_what_is_no_json_waits_for_staff_with_words(session, desk, source):
    take(session, source, b"\xff\x00 no JSON")
    desk.work()
    ((state, note),) = notes(session)
    assert state is ReportState.REVIEW
    assert "not the JSON that this service sends" in note


def test_a_text_with_what_no_database_takes_is_read_all_the_same(session, desk, sent):
    said = samples.sendgrid("bounce", type="bounce", reason="550 5.1.1 gone \0 \ud800", sg_event_id="a\0\ud800")
    take(session, SENDGRID, about(said, sent))
    desk.work()
    session.refresh(sent)
    assert sent.state is DeliveryState.BOUNCED


def calls(sent):
    """A call of each service, signed by it, that says that this reader is gone."""
    now = utc_now()
    postmark, brevo, sendgrid = (about(BOUNCES[source], sent) for source in (POSTMARK, BREVO, SENDGRID))
    event = json.loads(about(BOUNCES[MAILGUN], sent))["event-data"]
    message = json.loads(about(BOUNCES[SES], sent))["Message"]
    return {
        SES: (signed(sns(message)), {}),
        POSTMARK: (postmark, basic()),
        SENDGRID: (sendgrid, sendgrid_headers(sendgrid)),
        MAILGUN: (mailgun_body(event, now), {}),
        BREVO: (brevo, {"Authorization": f"Bearer {TOKEN}"}),
    }


@pytest.fixture(scope="module")
def hooked(settings):
    app = create_app(with_hooks(settings))
    app.extensions[KEY] = gates_of(with_hooks(settings), Amazon().fetch)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("source", BOUNCES)
def test_from_the_signed_call_to_the_suppression(hooked, session, desk, sent, source):
    body, headers = calls(sent)[source]
    for _ in range(2):
        assert hooked.test_client().post(f"/hooks/{source}", data=body, headers=headers).status_code == 200
    desk.work()
    session.refresh(sent)
    assert sent.state is DeliveryState.BOUNCED
    assert count(session, Suppression) == count(session, ReportedEvent) == count(session, RawReport) == 1
