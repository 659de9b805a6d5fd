"""Erasing somebody: nothing of them is left anywhere, nothing brings them back, and nothing else is lost."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from app.cli import main
from app.mail.address import EmailAddress
from app.mail.verp import Verp
from app.models import (
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryState,
    RawReport,
    ReportedEvent,
    ReportState,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
    SuppressionReason,
)
from app.models import ReportSource as Source
from app.services import audit, deliveries, erasure, mailroom, preferences, reports, signup, subscribers, suppressions
from app.services.consent import Origin
from app.services.signup import Ask
from tests import factories
from tests.integration.conftest import Bell
from tests.known_person import ADDRESS, NAME, REASON, known_person, lookup, tables_with
from tests.unit.reports import dsn
from worker.workshop import Workshop

NOW = factories.NOW
ORIGIN = Origin("/p", "198.51.100.0/24", method="her own page")
TRACES = (ADDRESS, ADDRESS.lower(), "ana.lima@", NAME, REASON)


@pytest.fixture
def desk(settings, database):
    workshop = Workshop(settings, clock=lambda: NOW, bell=Bell())
    yield workshop.desk
    workshop.close()


@pytest.fixture
def known(session, settings, desk):
    """Her, with her reports understood."""
    made = known_person(session, settings)
    desk.work()
    session.expire_all()
    return made


def erase(session, known) -> None:
    assert erasure.erase(session, known.person.id, ORIGIN, now=NOW)
    session.commit()


def test_afterwards_no_table_holds_the_address_the_name_or_what_was_said(session, known):
    with_traces = {"subscribers", "deliveries", "raw_reports", "suppressions", "import_rows", "consent_events"}
    assert tables_with(session, *TRACES) == {*with_traces, "reported_events"}
    erase(session, known)
    assert tables_with(session, *TRACES, "198.51.100") == set()


def test_her_row_stays_for_the_ledger_and_the_log_and_has_nothing_in_it(session, known):
    key = known.person.address_hmac
    erase(session, known)
    left = lookup(session, known.person.id)
    assert (left.address, left.local, left.domain, left.first_name, left.language) == ("", "", "", "", "")
    assert left.erased_at == NOW
    assert left.address_hmac != key
    assert session.scalars(select(Subscription).where(Subscription.subscriber_id == left.id)).all() == []


def test_the_log_of_consent_ends_with_leaving_and_erasure_and_its_chain_holds(session, known):
    erase(session, known)
    events = session.scalars(
        select(ConsentEvent).where(ConsentEvent.subscriber_id == known.person.id).order_by(ConsentEvent.id)
    ).all()
    kinds = [event.kind for event in events]
    assert kinds[-2:] == [ConsentKind.WITHDRAWN, ConsentKind.ERASED]
    assert events[-1].method == "her own page"
    broken = text("SELECT count(*) FROM consent_events e WHERE e.hash <> consent_digest(e)")
    assert session.scalar(broken) == 0
    assert lookup(session, known.person.id).consent_head == events[-1].hash
    assert list(audit.broken(session)) == []


def test_the_campaign_still_counts_everybody(session, known):
    before = deliveries.counts(session, known.campaign)
    erase(session, known)
    assert deliveries.counts(session, known.campaign) == before
    assert before[DeliveryState.BOUNCED] == 1


def test_a_mail_that_waited_is_not_sent(session, known):
    erase(session, known)
    session.refresh(known.notice)
    assert known.notice.state is DeliveryState.SKIPPED


def test_an_import_or_a_campaign_can_not_reach_her_any_more_but_she_may_come_back(session, settings, known):
    erase(session, known)
    address = EmailAddress.parse("ANA.LIMA@example.NET")
    key = suppressions.address_hmac(settings, address)
    assert suppressions.find(session, key).reason is SuppressionReason.ERASED
    ask = Ask(address, [factories.topic(session)], "en")
    again = signup.request(session, ask, Origin("/subscribe"), settings=settings, now=NOW)
    session.flush()
    assert again.id != known.person.id
    request = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc()).limit(1)).one()
    assert suppressions.find(session, key) is not None, "asking alone lifts nothing"
    assert signup.confirm(session, again.id, request.id, Origin("/c"), now=NOW)
    assert suppressions.find(session, key) is None
    standing = session.scalars(select(Subscription).where(Subscription.subscriber_id == again.id)).one()
    assert standing.state is SubscriptionState.CONFIRMED


def test_a_complaint_weighs_more_and_stays_without_its_words(session, known):
    key = known.person.address_hmac
    suppressions.add(session, key, SuppressionReason.COMPLAINT, f"{ADDRESS} said so")
    erase(session, known)
    found = session.scalars(select(Suppression).where(Suppression.address_hmac == key)).one()
    assert (found.reason, found.evidence) == (SuppressionReason.COMPLAINT, "erased on request")


def test_whatever_comes_after_it_stays_noted_that_she_was_erased(session, settings, known):
    key = known.person.address_hmac
    erase(session, known)
    again = factories.subscriber(session, settings, ADDRESS, state=SubscriptionState.PENDING)
    suppressions.add(session, key, SuppressionReason.HARD, f"550 {ADDRESS}")
    preferences.leave_all(session, again.id, ORIGIN, now=NOW)
    assert suppressions.find(session, key).reason is SuppressionReason.UNSUBSCRIBED
    assert [kept for kept, _ in erasure.erased(session)] == [key], "she didn't confirm that she is back"


def test_reports_leave_no_trace_either_of_somebody_who_had_complained(session, desk, known):
    suppressions.add(session, known.person.address_hmac, SuppressionReason.COMPLAINT)
    erase(session, known)
    mailroom.take_in(session, Source.LISTENER, dsn(ADDRESS), recipient="b+nobody@example.org")
    session.commit()
    desk.work()
    assert tables_with(session, *TRACES) == set()


def test_erasing_twice_is_no_mistake_and_changes_nothing(session, known):
    erase(session, known)
    assert not erasure.erase(session, known.person.id, ORIGIN, now=NOW)
    assert subscribers.locked(session, known.person.id) is None


def test_reports_about_her_are_blank_and_those_about_others_stay(session, known):
    erase(session, known)
    placed, forged, other = session.scalars(select(RawReport).order_by(RawReport.id)).all()
    assert (placed.content, placed.state) == (b"", ReportState.SETTLED)
    assert (forged.content, forged.sender, forged.state) == (b"", "", ReportState.DISMISSED)
    assert b"ben@example.org" in other.content
    assert other.state is ReportState.REVIEW
    assert session.scalars(select(ReportedEvent).where(ReportedEvent.delivery_id == known.bounced.id)).one()


def test_what_comes_after_the_erasure_leaves_no_trace_either(session, settings, desk, known):
    erase(session, known)
    sender = Verp(settings.signing_keys).sender(known.bounced.id, settings.envelope_domain)
    late = dsn(ADDRESS, diagnostic=f"smtp; 550 late {ADDRESS}")
    mailroom.take_in(session, Source.LISTENER, late, recipient=sender)
    mailroom.take_in(session, Source.LISTENER, late, recipient="b+nobody@example.org")
    session.commit()
    desk.work()
    assert tables_with(session, *TRACES) == set()
    reviewed = session.scalars(select(RawReport).where(RawReport.state == ReportState.REVIEW)).all()
    assert [b"ben@example.org" in report.content for report in reviewed] == [True]


def test_a_mail_that_is_refused_after_the_erasure_suppresses_nobody(session, desk, known):
    erase(session, known)
    before = len(session.scalars(select(Suppression)).all())
    row = session.get(Delivery, known.bounced.id)
    row.concluded_at = None
    session.commit()
    desk.work()
    assert len(session.scalars(select(Suppression)).all()) == before


def test_the_report_counts_her_as_left(session, known):
    known.campaign.started_at = NOW
    session.commit()
    erase(session, known)
    assert reports.since(session, known.campaign).left == 1
    assert session.scalar(select(Subscriber.id).where(Subscriber.erased_at.is_not(None))) == known.person.id


def test_a_restored_backup_does_not_bring_her_back(session, settings, known):
    kept = [row._mapping for row in session.execute(text("SELECT * FROM subscribers WHERE id = :id"), {"id": 1})]
    assert kept[0]["id"] == known.person.id
    erase(session, known)
    listed = CliRunner().invoke(main, ["erasure", "list"], obj=settings)
    assert len(listed.output.splitlines()) == 1
    assert ADDRESS not in listed.output
    session.execute(
        text(
            "UPDATE subscribers SET address = :address, local = :local, domain = :domain, identity = :identity,"
            " address_hmac = :address_hmac, erased_at = NULL, created_at = :created_at WHERE id = :id"
        ),
        {**kept[0], "created_at": NOW - timedelta(days=9)},
    )
    session.commit()
    assert tables_with(session, ADDRESS) == {"subscribers"}
    done = CliRunner().invoke(main, ["erasure", "replay"], obj=settings, input=listed.output)
    assert "erased again: 1" in done.output, done.output
    assert tables_with(session, ADDRESS) == set()
    assert (
        "erased again: 0" in CliRunner().invoke(main, ["erasure", "replay"], obj=settings, input=listed.output).output
    )
    wrong = CliRunner().invoke(main, ["erasure", "replay"], obj=settings, input="ana@example.org\n")
    assert (wrong.exit_code, "Line 1" in wrong.output) == (1, True)


def test_whoever_signed_up_again_is_not_erased_by_an_older_list(session, settings, known):
    key = known.person.address_hmac
    erase(session, known)
    again = factories.subscriber(session, settings, ADDRESS)
    assert again.address_hmac == key
    assert not erasure.erase_again(session, key, NOW - timedelta(days=1), now=NOW)
