"""`communique campaign …` and `communique instance …`: undone, scheduled, stopped, and what the status tells."""

import signal
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from app.cli import main
from app.clock import utc_now
from app.models import AuditEntry, Campaign, CampaignState, Delivery, DeliveryState, Installation, UnknownPolicy
from app.services import follow_up, holds, instance, site, statements
from tests import factories
from worker.delivery import planner

ZONE = "Europe/Berlin"
FAR = "2099-12-01 09:00"
SEND = ("campaign", "send", "--accept", "test-mail")


@pytest.fixture
def local(settings):
    """The settings of an office in Berlin with half a minute to think better of it."""
    return settings.model_copy(update={"undo_seconds": 30, "office_timezone": ZONE})


@pytest.fixture
def run(local, database):
    def call(*words: str, answer: str | None = None, settings=local):
        return CliRunner().invoke(main, [*words], obj=settings, input=answer)

    return call


def done(result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def failed(result) -> str:
    assert result.exit_code == 1, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.stderr


@pytest.fixture
def slug(session, settings) -> str:
    """A published statement with two readers."""
    for number in range(2):
        factories.subscriber(session, settings, f"reader{number}@example.org")
    made = factories.statement(session)
    session.commit()
    return made.slug


def only(session) -> Campaign:
    session.rollback()
    return session.scalars(select(Campaign).execution_options(populate_existing=True)).one()


@pytest.fixture(autouse=True)
def keep_interrupts():
    """Ctrl-C still ends the tests after a command that was deaf to it."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def let_time_pass(monkeypatch, *steps):
    """What happens each time the command sleeps."""
    story = iter(steps)
    monkeypatch.setattr("app.cli.campaign.sending.time.sleep", lambda _: next(story)())


def begin_now(session):
    def change():
        session.execute(update(Campaign).values(begins_at=utc_now() - timedelta(seconds=1)))
        session.commit()

    return change


def interrupt():
    raise KeyboardInterrupt


def test_sending_waits_while_it_can_be_undone(run, session, slug, monkeypatch):
    let_time_pass(monkeypatch, lambda: None, begin_now(session))
    first, second = done(run(*SEND, slug, "--yes")).splitlines()
    assert first == "Sending to 2 people begins in 30 s. Press Ctrl-C to undo."
    assert second.startswith("Sending to 2 people. Watch it")
    assert only(session).state is CampaignState.SENDING


def test_ctrl_c_takes_it_back_and_it_can_be_sent_again_without_a_word(run, session, slug, monkeypatch):
    let_time_pass(monkeypatch, interrupt)
    stopped = run(*SEND, slug, "--yes")
    assert stopped.exit_code == 1
    assert "Undone: “Open every polling station”. Nobody has got it." in stopped.stdout
    assert (only(session).state, only(session).started_at) == (CampaignState.CANCELLED, None)
    done(run(*SEND, slug, "--yes", "--no-wait"))


def test_ctrl_c_that_comes_too_late_pauses(run, session, slug, monkeypatch):
    def too_late():
        begin_now(session)()
        interrupt()

    let_time_pass(monkeypatch, too_late)
    assert "Too late to undo" in failed(run(*SEND, slug, "--yes"))
    assert only(session).state is CampaignState.PAUSED


def test_who_waits_learns_that_a_colleague_has_taken_it_back(run, session, slug, monkeypatch):
    let_time_pass(monkeypatch, lambda: done(run("campaign", "undo")))
    assert "Somebody else has taken it back meanwhile." in failed(run(*SEND, slug, "--yes"))


def test_undoing_without_waiting(run, session, slug):
    assert "begins in" not in done(run(*SEND, slug, "--yes", "--no-wait"))
    said = done(run("campaign", "status"))
    assert "No mail leaves for another 30 s. To take it back: communique campaign undo" in said
    assert "Undone:" in done(run("campaign", "undo"))
    assert "There is no campaign to undo now." in failed(run("campaign", "undo"))
    assert "No mail leaves" not in done(run("campaign", "status"))


def test_what_stops_a_mail_is_refused_with_its_words_and_leaves_nothing(run, session, settings):
    factories.subscriber(session, settings, "reader@example.org")
    slug = factories.statement(session, body="Read [here](https://opendoors.example/a), TODO.").slug
    session.commit()
    for words in ((), ("--accept", "link-text"), ("--yes", "--accept", "placeholder", "--at", FAR)):
        said = failed(run(*SEND, slug, *words))
        assert "STOP  Words of links" in said
        assert "The link text “here” says nothing on its own" in said
        assert "Write what readers find there" in said
        assert "Nothing was sent. Mend what is marked STOP" in said
    assert session.scalars(select(Campaign)).all() == []


def test_each_warning_is_accepted_by_its_name(run, session, settings):
    factories.subscriber(session, settings, "reader@example.org")
    slug = factories.statement(session, body="A quote, TODO.").slug
    session.commit()
    refused = failed(run("campaign", "send", slug, "--yes"))
    assert "Nobody has seen this as a mail yet." in refused
    assert "add --accept placeholder --accept test-mail" in refused
    refused = failed(run(*SEND, slug, "--yes"))
    assert "Nobody has seen this" not in refused
    assert session.scalars(select(Campaign)).all() == []
    assert "Sending to 1 person" in done(run(*SEND, slug, "--accept", "placeholder", "--yes", "--no-wait"))
    acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert acts == ["campaign.acknowledge", "campaign.acknowledge", "campaign.send"]


def test_the_checks_are_shown_without_sending(run, session, settings):
    factories.subscriber(session, settings, "reader@example.org")
    sound, faulty = (
        factories.statement(session, title, body=body).slug
        for title, body in {"Ramps for all": "Text.", "Ramps now": "[Here](https://a.org/x)."}.items()
    )
    session.commit()
    said = done(run("campaign", "check", sound))
    assert "warn  Test mail (test-mail)\n        Nobody has seen this as a mail yet.\n        Send a test" in said
    assert said.endswith("Nothing stops this mail.\nTo send it in spite of the warnings, add --accept test-mail\n")
    said = run("campaign", "check", faulty)
    assert said.exit_code == 1
    assert said.stdout.endswith("This mail can't be sent. Mend what is marked STOP.\n")
    assert session.scalars(select(Campaign)).all() == []
    done(run(*SEND, sound, "--yes", "--no-wait"))
    assert "This campaign is sending" in failed(run("campaign", "check", sound))


def test_what_was_undone_is_sent_to_its_own_audience_with_its_own_words(run, session, slug, settings):
    factories.subscriber(session, settings, "lectrice@example.org", language="fr")
    campaign = follow_up.take_up(session, statements.by_slug(session, slug), None)
    campaign.subject, campaign.languages = "Our own words", ["fr"]
    session.commit()
    for _ in range(2):
        assert "Sending to 1 person" in done(run(*SEND, slug, "--yes", "--no-wait"))
        assert "Undone: “Our own words”." in done(run("campaign", "undo"))
    session.rollback()
    sent = session.scalars(select(Campaign).order_by(Campaign.id)).all()
    assert [(one.subject, one.languages) for one in sent] == [("Our own words", ["fr"])] * 2


def test_above_a_number_of_people_that_number_has_to_be_typed(run, session, slug, local):
    site.change(session, local, {"confirm_above": "1"}, now=factories.NOW, by=None)
    session.commit()
    assert "That is another number. Nothing was sent." in failed(run(*SEND, slug, answer="y\n"))
    said = done(run(*SEND, slug, "--no-wait", answer="2\n"))
    assert "to 2 people? Type the number of people to confirm: " in said
    assert only(session).state is CampaignState.SENDING


def test_pausing_going_on_and_cancelling(run, session, slug):
    done(run(*SEND, slug, "--yes", "--no-wait"))
    assert "Paused: “Open every polling station”." in done(run("campaign", "pause"))
    assert "There is no campaign to pause now." in failed(run("campaign", "pause"))
    assert "Sending goes on" in done(run("campaign", "resume"))
    planner.open_campaign(session, only(session).id, now=utc_now())
    session.commit()
    refused = run("campaign", "cancel", answer="n\n")
    assert "Cancel “Open every polling station” for good, for 2 people who have not got it?" in refused.output
    assert only(session).state is CampaignState.SENDING
    assert "Nobody else gets it." in done(run("campaign", "cancel", "--yes"))
    assert "This campaign is cancelled" in failed(run("campaign", "cancel", str(only(session).public_id)))


def test_where_several_are_under_way_one_has_to_be_named(run, session, slug):
    done(run(*SEND, slug, "--yes", "--no-wait"))
    second = factories.statement(session, "A second statement")
    session.commit()
    done(run(*SEND, second.slug, "--at", FAR, "--yes"))
    assert "Paused" in done(run("campaign", "pause"))
    said = failed(run("campaign", "cancel", "--yes"))
    assert said.startswith("There are several. Say which one:")
    assert "scheduled  A second statement" in said
    assert "paused     Open every polling station" in said


def test_a_campaign_is_scheduled_by_the_offices_clock(run, session, slug):
    refused = run(*SEND, slug, "--at", FAR, answer="n\n")
    assert "to 2 people on December 1, 2099 at 09:00 Europe/Berlin?" in refused.output
    said = done(run(*SEND, slug, "--at", FAR, answer="y\n"))
    assert "Scheduled: 2 people as of now, on December 1, 2099 at 09:00 Europe/Berlin." in said
    found = only(session)
    assert (found.state, found.scheduled_for) == (CampaignState.SCHEDULED, datetime(2099, 12, 1, 8, tzinfo=UTC))
    status = done(run("campaign", "status"))
    assert "scheduled: 0 of 0 done." in status
    assert "It will be sent on December 1, 2099 at 09:00 Europe/Berlin." in status
    for words in ((), ("--at", FAR)):
        assert "is to be sent on December 1, 2099" in failed(run(*SEND, slug, "--yes", *words))
    assert "Undone" in done(run("campaign", "undo"))


@pytest.mark.parametrize(
    ("at", "words"),
    [("2020-01-01 09:00", "at: That is past"), ("2099-03-29 02:30", "at: There is no 02:30"), ("soon", "is no day")],
)
def test_a_time_that_can_not_be_meant_is_refused(run, session, slug, at, words):
    assert words in failed(run(*SEND, slug, "--yes", "--at", at))
    assert session.scalars(select(Campaign)).all() == []


@pytest.fixture
def lost(run, session, slug) -> Campaign:
    """A campaign that was sent, but for one message that is unknown."""
    now = utc_now()
    done(run(*SEND, slug, "--yes", "--no-wait"))
    planner.open_campaign(session, only(session).id, now=now)
    first, second = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    first.state, first.sent_at = DeliveryState.SENT, now
    second.state, second.unknown_since = DeliveryState.UNKNOWN, now
    session.flush()
    planner.finish(session, first.campaign_id, now=now)
    session.commit()
    return only(session)


def test_the_unknown_are_shown_with_what_will_happen(run, lost):
    assert "1 unknown: sent once more at " in done(run("campaign", "status"))
    said = done(run("campaign", "unknown", "--list"))
    assert "1 unknown: sent once more at " in said
    assert "The first of them since " in said
    assert "Policy: resend (the setting)." in said
    assert "reader1@example.org  since " in said


def test_the_unknown_are_held_or_sent_once_more_now(run, session, lost):
    said = done(run("campaign", "unknown", "--hold"))
    assert "1 unknown: held, not sent again." in said
    assert "Policy: hold (decided for this campaign)." in said
    assert only(session).unknown_policy is UnknownPolicy.HOLD
    said = done(run("campaign", "unknown", str(lost.public_id), "--resend"))
    assert "Put back, to be sent once more: 1." in said
    assert only(session).state is CampaignState.SENDING
    assert "Put back, to be sent once more: 0." in done(run("campaign", "unknown", "--resend"))
    assert "Nothing is unknown." not in done(run("campaign", "unknown"))


def test_the_status_names_held_providers(run, session, slug):
    done(run(*SEND, slug, "--yes", "--no-wait"))
    holds.hold(session, "example.org", "It refuses most of our mail.", now=utc_now())
    session.commit()
    assert "Held: example.org. It refuses most of our mail." in done(run("campaign", "status"))


def test_a_copy_says_that_it_does_not_send_and_sends_once_it_is_adopted(run, session, slug, local):
    assert "No installation is remembered yet." in done(run("instance", "show"))
    instance.remember(session, local, now=factories.NOW)
    session.commit()
    said = done(run("instance", "show"))
    assert "since November 24, 2026 at 09:00 UTC" in said
    assert "This installation may send." in said
    assert "Nothing was changed." in done(run("instance", "adopt", "--yes"))
    done(run(*SEND, slug, "--yes", "--no-wait"))

    copy = local.model_copy(update={"public_url": "https://copy.example"})
    assert "Nothing is sent: this database belongs" in done(run("instance", "show", settings=copy))
    assert "Nothing is sent: this database belongs" in done(run("campaign", "status", settings=copy))
    assert "Nothing is sent: " in failed(run(*SEND, slug, "--yes", settings=copy))
    refused = run("instance", "adopt", settings=copy, answer="n\n")
    assert "sending    Open every polling station" in refused.output
    assert "Is the former installation switched off, and shall this one send?" in refused.output
    assert instance.may_send(session, copy)
    said = done(run("instance", "adopt", "--yes", settings=copy))
    assert "From now on this installation sends." in said
    assert "Paused: “Open every polling station”" in said
    session.rollback()
    assert instance.may_send(session, copy) == ""
    assert session.scalars(select(Installation)).one().adopted_at > factories.NOW
