"""What stops a campaign, or the mail to one provider, before readers are burnt; and how it goes on."""

import time
from collections import Counter
from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import create_engine, func, select
from structlog.testing import capture_logs

from app.database import sessions
from app.errors import NotFound
from app.mailbox_providers import MailboxProviders
from app.models import Campaign, CampaignState, Delivery, DeliveryState, Subscriber, Suppression
from app.services import campaigns, holds
from tests import factories
from tests.integration.sending import started, states, work
from worker.breaker.breaker import FEWEST, Answer, Breaker
from worker.replies import ReplyClass

HARD, BLOCKED, CONTENT = ReplyClass.HARD, ReplyClass.BLOCKED, ReplyClass.CONTENT
NOBODY = "550 5.1.1 no such user"
AWAY = "redis://127.0.0.1:1/0"
PROVIDERS = MailboxProviders()


class Clock:
    def __init__(self) -> None:
        self.now = factories.NOW

    def __call__(self):
        return self.now

    def passes(self, **much: float) -> None:
        self.now += timedelta(**much)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def campaign(session, settings):
    return started(session, settings, "reader@example.org")


@pytest.fixture(params=["redis", "memory"])
def breaker(request, database, redis_url, clock):
    """A breaker of one process, with Redis and without."""
    Redis.from_url(redis_url).flushdb()
    breaker = Breaker(redis_url if request.param == "redis" else AWAY, sessions(database), PROVIDERS, clock)
    yield breaker
    breaker.close()


@pytest.fixture
def several(database, redis_url, clock):
    """The breakers of three processes."""
    Redis.from_url(redis_url).flushdb()
    made = [Breaker(redis_url, sessions(database), PROVIDERS, clock) for _ in range(3)]
    yield made
    for breaker in made:
        breaker.close()


def answers(number: int, kind: ReplyClass | None = None, domain: str = "example.org", words: str = "") -> list[Answer]:
    return [Answer(domain, kind, words)] * number


def state_of(session, campaign) -> tuple[CampaignState, str]:
    session.expire_all()
    found = session.get(Campaign, campaign.id)
    session.commit()
    return found.state, found.trouble


def held(session, campaign) -> list[str]:
    names = [hold.provider for hold in holds.held(session, campaign.id)]
    session.commit()
    return names


def test_accepted_mail_stops_nothing(session, breaker, campaign):
    assert breaker.note(campaign.id, answers(1000)) == []
    assert breaker.note(campaign.id, []) == []
    assert held(session, campaign) == []


def test_a_provider_that_knows_nobody_is_held(session, breaker, campaign):
    verdicts = breaker.note(campaign.id, answers(FEWEST, HARD, "gmail.com", NOBODY))
    assert [(verdict.campaign_id, verdict.provider) for verdict in verdicts] == [(campaign.id, "gmail.com")]
    (hold,) = holds.held(session, campaign.id)
    assert NOBODY in hold.why
    assert f"{FEWEST} of {FEWEST} readers" in hold.why
    assert state_of(session, campaign)[0] is CampaignState.SENDING
    assert {"gmail.com", "googlemail.com"} <= holds.held_domains(session, campaign.id, PROVIDERS)


def test_few_answers_prove_nothing(session, breaker, campaign):
    assert breaker.note(campaign.id, answers(FEWEST - 1, HARD)) == []
    assert held(session, campaign) == []


@pytest.mark.parametrize(("hard", "is_held"), [(5, False), (6, True)])
def test_more_than_one_in_twenty_is_too_many(session, breaker, campaign, hard, is_held):
    breaker.note(campaign.id, answers(100 - hard))
    assert bool(breaker.note(campaign.id, answers(hard, HARD))) is is_held


@pytest.mark.parametrize(("blocked", "is_held"), [(2, False), (3, True)])
def test_of_blocks_more_than_one_in_fifty(session, breaker, campaign, blocked, is_held):
    breaker.note(campaign.id, answers(100 - blocked))
    verdicts = breaker.note(campaign.id, answers(blocked, BLOCKED, words="550 5.7.1 listed"))
    assert bool(verdicts) is is_held
    assert all(verdict.provider == "example.org" for verdict in verdicts)
    assert state_of(session, campaign)[0] is CampaignState.SENDING


def test_answers_older_than_fifteen_minutes_are_forgotten(session, breaker, campaign, clock):
    breaker.note(campaign.id, answers(FEWEST - 1, HARD))
    clock.passes(minutes=14)
    assert breaker.note(campaign.id, answers(60)) == []
    clock.passes(minutes=2)
    assert breaker.note(campaign.id, answers(1, HARD)) == []


def test_all_domains_of_a_provider_are_one(session, breaker, campaign):
    breaker.note(campaign.id, answers(FEWEST - 1, HARD, "gmail.com"))
    verdicts = breaker.note(campaign.id, answers(1, HARD, "googlemail.com"))
    assert [verdict.provider for verdict in verdicts] == ["gmail.com"]


def test_a_block_is_for_every_campaign_and_unknown_readers_are_of_one(session, settings, breaker, campaign):
    other = factories.campaign(session)
    other.state, other.started_at = CampaignState.SENDING, factories.NOW
    session.commit()
    breaker.note(campaign.id, answers(100, BLOCKED, "gmx.de") + answers(100, HARD, "example.org"))
    assert held(session, campaign) == ["example.org", "gmx.net"]
    assert held(session, other) == ["gmx.net"]


def test_one_provider_that_blocks_leaves_the_others_alone(session, breaker, campaign):
    breaker.note(campaign.id, answers(60) + answers(40, BLOCKED, "gmail.com"))
    assert state_of(session, campaign)[0] is CampaignState.SENDING
    breaker.note(campaign.id, answers(10, BLOCKED, "gmail.com"))
    assert held(session, campaign) == ["gmail.com"]
    assert state_of(session, campaign)[0] is CampaignState.SENDING


def test_many_that_block_pause_the_campaign(session, breaker, campaign):
    domains = [f"domain{number}.example" for number in range(10)]
    refused = [Answer(domain, BLOCKED, "554 5.7.1 listed") for domain in domains]
    (verdict,) = breaker.note(campaign.id, answers(90) + refused)
    assert verdict.provider == ""
    state, trouble = state_of(session, campaign)
    assert state is CampaignState.PAUSED
    assert "9 of 100 messages" in trouble
    assert "554 5.7.1 listed" in trouble


def test_a_message_that_is_taken_for_spam_pauses_the_campaign(session, breaker, campaign):
    breaker.note(campaign.id, answers(100) + answers(3, CONTENT, words="554 5.7.1 spam message rejected"))
    state, trouble = state_of(session, campaign)
    assert state is CampaignState.PAUSED
    assert "spam message rejected" in trouble


@pytest.mark.parametrize("kind", [ReplyClass.RELAY, ReplyClass.PROTOCOL])
def test_a_relay_that_does_not_serve_us_stops_the_campaign_at_the_third_answer(session, breaker, campaign, kind):
    for _ in range(2):
        assert breaker.note(campaign.id, answers(1, kind, words="530 5.7.0 log in first")) == []
    (verdict,) = breaker.note(campaign.id, answers(1, kind, words="530 5.7.0 log in first"))
    assert verdict.provider == ""
    state, trouble = state_of(session, campaign)
    assert state is CampaignState.PAUSED
    assert "530 5.7.0 log in first" in trouble


def test_a_stray_one_among_accepted_ones_stops_nothing(session, breaker, campaign):
    for _ in range(20):
        assert breaker.note(campaign.id, answers(2, ReplyClass.PROTOCOL) + answers(1)) == []
        assert breaker.note(campaign.id, answers(1) + answers(2, ReplyClass.RELAY) + answers(1)) == []
    assert state_of(session, campaign)[0] is CampaignState.SENDING


def test_three_in_a_row_are_seen_between_two_accepted_ones(session, breaker, campaign):
    assert breaker.note(campaign.id, answers(1) + answers(3, ReplyClass.RELAY) + answers(1))


def test_what_says_nothing_about_us_or_an_address_stops_nothing(session, breaker, campaign):
    for kind in (ReplyClass.SOFT, ReplyClass.QUOTA, ReplyClass.INACTIVE):
        assert breaker.note(campaign.id, answers(200, kind)) == []


def test_all_processes_count_together(session, several, campaign):
    verdicts = [verdict for n in range(FEWEST) for verdict in several[n % 3].note(campaign.id, answers(1, HARD))]
    assert [verdict.provider for verdict in verdicts] == ["example.org"]


def test_after_a_release_counts_start_anew(session, breaker, campaign, clock):
    breaker.note(campaign.id, answers(FEWEST, HARD))
    breaker.note(campaign.id, answers(FEWEST, HARD))
    assert holds.release(session, "example.org", providers=PROVIDERS, now=factories.NOW) == "example.org"
    session.commit()
    clock.passes(seconds=2)
    assert breaker.note(campaign.id, answers(FEWEST - 1, HARD)) == []
    assert breaker.note(campaign.id, answers(1, HARD))


def test_late_answers_of_other_processes_do_not_hold_a_released_provider_again(session, several, campaign, clock):
    one, two, three = several
    for breaker in several:
        breaker.note(campaign.id, answers(1))
    one.note(campaign.id, answers(FEWEST, HARD))
    two.note(campaign.id, answers(FEWEST, HARD))
    clock.passes(seconds=2)
    three.note(campaign.id, answers(FEWEST, HARD))
    holds.release(session, "example.org", providers=PROVIDERS, now=factories.NOW)
    session.commit()
    clock.passes(seconds=2)
    assert [verdict for breaker in several for verdict in breaker.note(campaign.id, answers(10, HARD))] == []


def test_a_campaign_that_goes_on_is_judged_anew(session, breaker, campaign, clock):
    breaker.note(campaign.id, answers(100, CONTENT))
    assert breaker.note(campaign.id, answers(100, CONTENT)) == []
    assert state_of(session, campaign)[0] is CampaignState.PAUSED
    session.get(Campaign, campaign.id).state = CampaignState.SENDING
    session.commit()
    clock.passes(seconds=2)
    assert breaker.note(campaign.id, answers(FEWEST - 1, CONTENT)) == []
    assert breaker.note(campaign.id, answers(1, CONTENT))


def test_a_hold_is_written_to_the_log_once(session, several, campaign):
    with capture_logs() as logs:
        for breaker in several:
            breaker.note(campaign.id, answers(FEWEST, HARD, words=NOBODY))
    told = [entry for entry in logs if entry["event"] == "provider.held"]
    assert [(entry["log_level"], entry["provider"]) for entry in told] == [("error", "example.org")]


def test_a_database_that_is_away_stops_no_sender(database, redis_url, clock):
    nowhere = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    breaker = Breaker(redis_url, sessions(nowhere), PROVIDERS, clock)
    with capture_logs() as logs:
        assert breaker.note(1, answers(FEWEST, HARD)) == []
    assert [entry["event"] for entry in logs] == ["breaker.database_away"]
    breaker.close()
    nowhere.dispose()


def test_only_what_is_held_is_released(session, campaign):
    with pytest.raises(NotFound, match=r"example\.net"):
        holds.release(session, "example.net", providers=PROVIDERS, now=factories.NOW)
    assert holds.hold(session, "gmail.com", "first", now=factories.NOW)
    assert not holds.hold(session, "gmail.com", "second", now=factories.NOW)
    assert [hold.why for hold in holds.held(session)] == ["first"]
    assert holds.release(session, " Googlemail.com ", providers=PROVIDERS, now=factories.NOW) == "gmail.com"
    assert holds.held(session) == []


def test_a_hold_of_a_campaign_that_is_over_is_not_shown_any_more(session, campaign):
    holds.hold(session, "example.org", "why", now=factories.NOW, campaign_id=campaign.id)
    assert len(holds.held(session)) == 1
    campaign.state, campaign.finished_at = CampaignState.CANCELLED, factories.NOW
    session.flush()
    assert holds.held(session) == []


@pytest.mark.parametrize("relay", ["pipelining"], indirect=True)
def test_a_server_that_knows_nobody_burns_only_a_few_readers(session, settings, desk, relay, redis_url):
    Redis.from_url(redis_url).flushdb()

    def knows_nobody(stage: str, recipient: str, count: int) -> str | None:
        time.sleep(0.02 if stage == "RCPT" else 0)
        return NOBODY if recipient.endswith("@example.org") and stage == "RCPT" else None

    relay.script = knows_nobody
    people = [f"reader{number}@example.org" for number in range(400)]
    campaign = started(session, settings, *people, "reader@example.net")
    work(desk, campaign)
    ends = Counter(states(session, campaign).values())
    assert ends["failed"] < 200
    assert ends["failed"] + ends["queued"] == 400
    assert relay.recipients() == ["reader@example.net"]
    assert held(session, campaign) == ["example.org"]
    assert state_of(session, campaign)[0] is CampaignState.SENDING
    refused = select(Delivery.reply_class).where(Delivery.state == DeliveryState.FAILED)
    assert set(session.scalars(refused)) == {"hard"}
    assert session.scalar(select(func.count()).select_from(Suppression)) == 0

    relay.script = lambda stage, recipient, count: None
    holds.release(session, "example.org", providers=PROVIDERS, now=factories.NOW)
    session.commit()
    work(desk, campaign)
    assert Counter(states(session, campaign).values()) == {"failed": ends["failed"], "sent": ends["queued"] + 1}
    assert state_of(session, campaign)[0] is CampaignState.SENT


def refuse(session, campaign, kind: ReplyClass) -> Delivery:
    """One reader of the campaign, put off for hours."""
    reader = session.scalars(select(Subscriber)).one()
    row = Delivery(kind="statement", subscriber_id=reader.id, campaign_id=campaign.id, state=DeliveryState.DEFERRED)
    row.reply_class, row.next_attempt_at = kind, factories.NOW + timedelta(hours=6)
    session.add(row)
    session.flush()
    return row


@pytest.mark.parametrize(("kind", "is_due"), [(BLOCKED, True), (ReplyClass.SOFT, False)])
def test_a_release_makes_those_due_who_were_refused_because_of_us(session, campaign, kind, is_due):
    row = refuse(session, campaign, kind)
    holds.hold(session, "example.org", "why", now=factories.NOW)
    holds.release(session, "example.org", providers=PROVIDERS, now=factories.NOW)
    session.refresh(row)
    assert (row.next_attempt_at == factories.NOW) is is_due


def test_a_release_leaves_readers_of_other_providers_as_they_are(session, campaign):
    row = refuse(session, campaign, BLOCKED)
    holds.hold(session, "example.net", "why", now=factories.NOW)
    holds.release(session, "example.net", providers=PROVIDERS, now=factories.NOW)
    session.refresh(row)
    assert row.next_attempt_at > factories.NOW


def test_what_was_put_off_because_of_us_is_due_when_a_campaign_goes_on(session, campaign):
    row = refuse(session, campaign, ReplyClass.RELAY)
    campaigns.pause(session, campaign)
    campaigns.resume(session, campaign, now=factories.NOW)
    session.refresh(row)
    assert row.next_attempt_at == factories.NOW


@pytest.mark.parametrize("relay", ["pipelining"], indirect=True)
def test_a_relay_that_lets_nobody_send_loses_nobody(session, settings, desk, relay, redis_url):
    Redis.from_url(redis_url).flushdb()
    relay.script = lambda stage, recipient, count: "530 5.7.0 log in first" if stage == "RCPT" else None
    campaign = started(session, settings, *[f"reader{number}@example.org" for number in range(30)])
    work(desk, campaign)
    state, trouble = state_of(session, campaign)
    assert state is CampaignState.PAUSED
    assert "530 5.7.0" in trouble
    assert set(states(session, campaign).values()) <= {"queued", "deferred"}
