"""Letting go of what is old, with a clock that is moved: each thing in its time, and every number stays true."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text, update

from app.cli import main
from app.clock import utc_now
from app.database import sessions
from app.mail.address import EmailAddress
from app.models import (
    AuditEntry,
    CampaignState,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryState,
    ImportRow,
    ImportState,
    RawReport,
    StaffSession,
    Subscriber,
    SubscriberImport,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)
from app.services import (
    access,
    deliveries,
    erasure,
    preferences,
    reports,
    retention,
    signup,
    subscribers,
    suppressions,
    unknowns,
)
from app.services.consent import Origin
from app.services.retention_rules import RULES
from app.services.signup import Ask
from tests import factories
from tests.integration.conftest import Bell
from tests.known_person import ADDRESS, known_person, tables_with
from worker.workshop import Workshop

ORIGIN = Origin("/subscribe", "198.51.100.0/24")


@pytest.fixture
def begun():
    """When everything happened."""
    return utc_now()


@pytest.fixture
def wait(session, engine, settings, begun):
    """Let time pass, and let go of what is old then; gives how much went, by rule."""

    def wait(days: float) -> dict[str, int]:
        session.commit()
        done = retention.run(sessions(engine).begin, settings, now=begun + timedelta(days=days))
        session.expire_all()
        return {rule.name: number for rule, number in done.items() if number}

    return wait


@pytest.fixture
def known(session, settings, begun):
    """Somebody of whom everything is known, with her reports understood."""
    made = known_person(session, settings, now=begun)
    workshop = Workshop(settings, clock=lambda: begun, bell=Bell())
    workshop.desk.work()
    workshop.close()
    made.notice.state, made.notice.sent_at, made.notice.dated = DeliveryState.SENT, begun, begun
    session.commit()
    return made


def ask(session, settings, address, *slugs, at):
    topics = [factories.topic(session, slug) for slug in slugs or ("statements",)]
    person = signup.request(session, Ask(EmailAddress.parse(address), topics, "en"), ORIGIN, settings=settings, now=at)
    row = session.scalars(select(Delivery).where(Delivery.subscriber_id == person.id).order_by(Delivery.id.desc()))
    mail = row.first()
    if mail is not None:
        mail.state, mail.sent_at, mail.dated = DeliveryState.SENT, at, at
    session.flush()
    return person


def number(session, *conditions) -> int:
    return session.scalar(select(func.count()).select_from(Delivery).where(*conditions))


def test_who_never_confirmed_is_forgotten_a_day_after_the_link_has_expired(session, settings, wait, begun):
    person = ask(session, settings, ADDRESS, at=begun)
    assert wait(3.9) == {}
    assert wait(4.1) == {"sign-ups": 1}
    assert session.get(Subscriber, person.id).erased_at is not None
    assert tables_with(session, ADDRESS, "198.51.100") == set()
    last = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
    assert (last.kind, last.actor, last.method) == (ConsentKind.ERASED, "system", "never confirmed")
    assert suppressions.of_nobody(session) == 0, "they may sign up again as before"


def test_who_asked_again_meanwhile_is_waited_for(session, settings, wait, begun):
    ask(session, settings, ADDRESS, at=begun)
    ask(session, settings, ADDRESS, at=begun + timedelta(days=3))
    assert wait(5) == {}
    assert wait(7.2) == {"sign-ups": 1}


def test_who_said_that_it_was_not_them_is_forgotten_and_stays_left_alone(session, settings, wait, begun):
    person = ask(session, settings, ADDRESS, at=begun)
    key = person.address_hmac
    signup.refuse(session, person.id, ORIGIN, now=begun)
    assert wait(5) == {"sign-ups": 1}
    assert tables_with(session, ADDRESS) == set()
    assert suppressions.find(session, key).reason is SuppressionReason.REFUSED


def test_who_confirmed_something_stays_and_only_what_was_never_confirmed_goes(session, settings, wait, begun):
    person = factories.subscriber(session, settings, ADDRESS, "statements")
    left = factories.subscriber(session, settings, "left@example.org", state=SubscriptionState.UNSUBSCRIBED)
    ask(session, settings, ADDRESS, "events", at=begun)
    assert wait(5) == {"requests": 1}
    rows = session.scalars(select(Subscription).where(Subscription.subscriber_id == person.id)).all()
    assert [(row.topic.slug, row.state) for row in rows] == [("statements", SubscriptionState.CONFIRMED)]
    assert session.get(Subscriber, left.id).address == "left@example.org"


def test_a_topic_that_was_left_once_is_left_again(session, settings, wait, begun):
    person = factories.subscriber(session, settings, ADDRESS, "events", state=SubscriptionState.UNSUBSCRIBED)
    ask(session, settings, ADDRESS, "events", at=begun)
    wait(5)
    row = session.scalars(select(Subscription).where(Subscription.subscriber_id == person.id)).one()
    assert row.state is SubscriptionState.UNSUBSCRIBED


def test_after_half_a_year_a_message_forgets_its_reader_and_the_campaign_counts_the_same(
    session, settings, wait, begun, known
):
    preferences.leave_all(session, known.other.id, ORIGIN, now=begun)
    known.campaign.started_at = begun - timedelta(minutes=1)
    session.execute(text("UPDATE deliveries SET sent_at = sent_at - interval '1 minute'"))
    session.commit()
    before = deliveries.counts(session, known.campaign), reports.since(session, known.campaign)
    assert before[1].left == 1
    refusals = reports.refusals(session, known.campaign)
    wait(179)
    assert number(session, Delivery.subscriber_id == known.person.id) == 2
    assert "deliveries" in wait(181)
    assert number(session, Delivery.subscriber_id.is_not(None)) == 0
    assert (deliveries.counts(session, known.campaign), reports.since(session, known.campaign)) == before
    assert reports.refusals(session, known.campaign) == refusals
    assert sum(count for _, count in reports.timeline(session, known.campaign).bars) == 2
    assert number(session, Delivery.campaign_id.is_(None)) == 0, "notices are not counted by anybody"
    assert wait(182) == {}, "twice is once"


def test_what_is_unknown_and_forgotten_is_never_sent_again(session, settings, wait, begun, known):
    known.bounced.state, known.bounced.unknown_since = DeliveryState.UNKNOWN, begun
    wait(181)
    found = unknowns.look(session, settings, known.campaign)
    assert (found.waiting, found.final) == (0, 1)
    assert unknowns.resend(session, known.campaign, now=begun) == 0


def test_a_campaign_that_is_not_over_keeps_its_readers(session, wait, begun, known):
    known.campaign.state = CampaignState.PAUSED
    wait(181)
    assert number(session, Delivery.subscriber_id == known.other.id) == 1


def test_the_words_of_mail_servers_and_whole_reports_go_after_three_months(session, wait, known):
    assert "answers" not in wait(89)
    done = wait(91)
    assert {"answers", "reports", "events", "evidence"} <= done.keys()
    session.refresh(known.bounced)
    assert (known.bounced.reply_text, known.bounced.reply_code, known.bounced.reply_class) == (None, 550, "hard")
    assert session.scalar(select(func.count()).where(func.octet_length(RawReport.content) > 0)) == 0
    assert session.scalar(select(func.count()).select_from(RawReport)) == 3, "so that no copy is taken for new"
    left = tables_with(session, ADDRESS)
    assert left == {"subscribers", "consent_events"}


def test_it_stays_noted_that_somebody_who_had_complained_was_erased(session, wait, known, begun):
    key = known.person.address_hmac
    suppressions.add(session, key, SuppressionReason.COMPLAINT, "said so")
    erasure.erase(session, known.person.id, ORIGIN, now=begun)
    wait(400)
    assert [kept for kept, _ in erasure.erased(session)] == [key], "else a restored backup brings them back for good"


def test_the_log_of_consent_forgets_networks_after_a_month_and_its_chain_holds(session, wait, known):
    wait(29)
    assert session.scalar(select(func.count()).where(ConsentEvent.network != "")) == 3
    assert wait(31)["networks"] == 3
    assert session.scalar(select(func.count()).where(ConsentEvent.network != "")) == 0
    assert session.scalar(text("SELECT count(*) FROM consent_events e WHERE e.hash <> consent_digest(e)")) == 0


def test_lines_of_an_import_go_after_a_month_and_one_that_was_never_applied_is_given_up(session, wait, known):
    made = session.scalars(select(SubscriberImport)).one()
    made.state = ImportState.READY
    wait(29)
    assert session.scalar(select(func.count()).select_from(ImportRow)) == 2
    assert wait(31)["imports"] == 1
    assert session.scalar(select(func.count()).select_from(ImportRow)) == 0
    assert session.scalars(select(SubscriberImport.state)).one() is ImportState.DISCARDED


def test_sign_ins_of_staff_go_when_they_have_ended(session, wait, begun):
    access.add_staff(session, "ines@opendoors.example", "Inés", "correct horse battery")
    access.sign_in(session, "ines@opendoors.example", "correct horse battery", now=begun)
    assert "sessions" not in wait(6)
    assert wait(8)["sessions"] == 1
    assert session.scalar(select(func.count()).select_from(StaffSession)) == 0


def test_the_times_are_those_that_staff_have_set(session, settings, engine, begun, known):
    session.execute(
        text("INSERT INTO site_settings (name, value, changed_at) VALUES ('keep_deliveries_days', '30', now())")
    )
    session.commit()
    retention.run(sessions(engine).begin, settings, now=begun + timedelta(days=31))
    assert number(session, Delivery.subscriber_id.is_not(None)) == 0


def test_the_command_says_first_what_would_go_and_then_lets_it_go(session, settings, begun):
    ask(session, settings, ADDRESS, at=begun - timedelta(days=5))
    session.execute(text("UPDATE subscribers SET created_at = now() - interval '5 days'"))
    session.execute(text("UPDATE deliveries SET created_at = now() - interval '5 days'"))
    session.commit()
    dry = CliRunner().invoke(main, ["retention", "run", "--dry-run"], obj=settings)
    assert dry.exit_code == 0, dry.output
    assert "1  people who never confirmed" in dry.output
    assert "Nothing was changed" in dry.output
    assert tables_with(session, ADDRESS) == {"subscribers"}
    done = CliRunner().invoke(main, ["retention", "run"], obj=settings)
    assert done.exit_code == 0, done.output
    assert len(done.output.splitlines()) == len(RULES)
    assert tables_with(session, ADDRESS) == set()
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.details) == ("retention.run", {"let_go": {"sign-ups": 1}})


def test_who_confirms_while_their_turn_comes_is_kept(session, settings, wait, monkeypatch):
    late = factories.subscriber(session, settings, "late@example.org", state=SubscriptionState.PENDING)
    lock = subscribers.all_locked

    def confirming(own, *ids):
        session.execute(update(Subscription).values(state=SubscriptionState.CONFIRMED, confirmed_at=utc_now()))
        session.commit()
        return lock(own, *ids)

    monkeypatch.setattr(subscribers, "all_locked", confirming)
    wait(30)
    assert session.get(Subscriber, late.id).erased_at is None
