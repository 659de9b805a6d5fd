"""Sending a statement: started once, stopped at once, counted from the ledger."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.database import sessions
from app.errors import Conflict, Invalid, NotFound
from app.jobs import Job, attach, open_campaign
from app.models import Campaign, CampaignState, Delivery, DeliveryKind, DeliveryState, Edition, SubscriptionState
from app.services import audience, campaigns, deliveries, outlook, suppressions
from app.services.editions import Press
from tests import factories
from worker.delivery import planner

NOW = factories.NOW
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def press(settings):
    return Press.from_settings(settings)


@pytest.fixture
def bell(database):
    """A factory of sessions, and what they rang."""
    rung: list[Job] = []

    class Bell:
        def ring(self, job: Job) -> None:
            rung.append(job)

    factory = sessions(database)
    attach(factory, Bell())
    factory.rung = rung
    return factory


def sending(session, settings, press, people: int = 3) -> Campaign:
    for number in range(people):
        factories.subscriber(session, settings, f"reader{number}@example.org")
    campaign = factories.campaign(session)
    factories.send(session, press, campaign, now=NOW)
    planner.open_campaign(session, campaign.id, now=NOW)
    session.commit()
    return campaign


def set_states(session, campaign, *states: DeliveryState) -> None:
    """Give the deliveries of a campaign these states, in order."""
    rows = session.scalars(select(Delivery).where(Delivery.campaign_id == campaign.id).order_by(Delivery.id)).all()
    for row, state in zip(rows, states, strict=True):
        row.state = state
        row.sent_at = NOW if state is DeliveryState.SENT else None
        row.unknown_since = NOW if state is DeliveryState.UNKNOWN else None
        row.next_attempt_at = LATER if state is DeliveryState.DEFERRED else None
        row.lease_until, row.claimed_by = LATER, "somebody"
    session.flush()


def test_preparing_twice_gives_one_campaign(session):
    statement = factories.statement(session, "Open every door", "statements", "events")
    one = campaigns.prepare(session, statement, None)
    assert campaigns.prepare(session, statement, None) is one
    assert (one.subject, one.preheader, one.state) == (statement.title, statement.standfirst, CampaignState.DRAFT)
    assert {topic.slug for topic in one.topics} == {"statements", "events"}


def test_a_draft_is_not_sent_because_its_page_is_not_there(session):
    with pytest.raises(Conflict, match="Publish the statement first"):
        campaigns.prepare(session, factories.statement(session, published=False), None)


def test_a_campaign_that_is_over_is_followed_by_a_new_one(session, settings, press):
    first = sending(session, settings, press)
    campaigns.cancel(session, first, now=LATER)
    second = campaigns.prepare(session, first.statement, None, again=True)
    assert second.id != first.id
    assert campaigns.latest(session, first.statement) is second
    assert list(campaigns.newest(session)) == [second, first]


def test_a_statement_that_was_sent_is_not_sent_again_by_accident(session, settings, press):
    first = sending(session, settings, press)
    statement = first.statement
    first.state, first.finished_at = CampaignState.SENT, NOW
    session.commit()
    with pytest.raises(Conflict, match=r"was sent on November 24, 2026 at 09:00 UTC\."):
        campaigns.prepare(session, statement, None)
    second = campaigns.prepare(session, statement, None, again=True)
    with pytest.raises(Conflict, match="not sent a second time unless"):
        factories.send(session, press, second, now=LATER)
    assert second.state is CampaignState.APPROVED
    factories.send(session, press, second, now=LATER, again=True)
    assert second.state is CampaignState.SENDING
    assert outlook.sent_before(session, statement) is second


def test_a_campaign_cancelled_on_its_way_counts_as_sent_and_one_that_never_started_does_not(session, settings, press):
    factories.subscriber(session, settings, "a@example.org")
    never = factories.campaign(session)
    campaigns.cancel(session, never, now=NOW)
    started = campaigns.prepare(session, never.statement, None)
    factories.send(session, press, started, now=NOW)
    campaigns.cancel(session, started, now=LATER)
    with pytest.raises(Conflict, match="was sent on"):
        campaigns.prepare(session, never.statement, None)


def test_looking_ahead_says_what_sending_would_mean_and_changes_nothing(session, settings, press):
    statement = factories.statement(session)
    with pytest.raises(Invalid, match="Nobody has confirmed"):
        outlook.look_ahead(session, statement)
    factories.subscriber(session, settings, "a@example.org")
    agreed = outlook.look_ahead(session, statement)
    assert (agreed.title, agreed.people, agreed.sent_before) == (statement.title, 1, None)
    assert session.scalar(select(func.count()).select_from(Campaign)) == 0
    campaign = campaigns.prepare(session, statement, None)
    campaign.topics = [factories.topic(session, "events")]
    factories.subscriber(session, settings, "b@example.org", "events")
    factories.subscriber(session, settings, "c@example.org", "events")
    assert outlook.look_ahead(session, statement).people == 2
    factories.send(session, press, campaign, now=NOW)
    with pytest.raises(Conflict, match="send is not possible now"):
        outlook.look_ahead(session, statement)
    campaigns.cancel(session, campaign, now=LATER)
    assert outlook.look_ahead(session, statement).sent_before == NOW
    assert not agreed.still_holds(outlook.look_ahead(session, statement))


@pytest.mark.parametrize(
    ("seen", "now", "matters"),
    [(3, 4, False), (3, 13, False), (3, 14, True), (5000, 5050, False), (5000, 5051, True), (5000, 4949, True)],
)
def test_an_audience_is_another_one_if_it_differs_by_a_percent_and_ten_people(seen, now, matters):
    assert outlook.is_other_audience(seen, now) is matters


def test_what_a_campaign_was_paused_for_outlives_what_workers_note_about_the_relay(session, settings, press):
    campaign = sending(session, settings, press)
    campaigns.halt(session, campaign.id, "3 times the relay refused our login.")
    for words in ("The relay is away.", ""):
        campaigns.note_trouble(session, campaign.id, words)
    session.refresh(campaign)
    assert campaigns.progress(session, campaign).trouble == "3 times the relay refused our login."


def test_trouble_is_shown_until_somebody_goes_on_or_it_is_over(session, settings, press):
    campaign = sending(session, settings, press)
    campaigns.halt(session, campaign.id, "The relay refuses us.")
    session.commit()
    assert campaigns.progress(session, campaign).trouble == "The relay refuses us."
    campaigns.resume(session, campaign, now=NOW)
    assert campaigns.progress(session, campaign).trouble == ""
    campaigns.note_trouble(session, campaign.id, "The relay is away.")
    session.refresh(campaign)
    assert campaigns.progress(session, campaign).trouble == "The relay is away."
    campaigns.cancel(session, campaign, now=LATER)
    assert campaigns.progress(session, campaign).trouble == ""


def test_nobody_is_written_to_where_nobody_asked(session, settings, press):
    factories.subscriber(session, settings, "pending@example.org", state=SubscriptionState.PENDING)
    factories.subscriber(session, settings, "left@example.org", state=SubscriptionState.UNSUBSCRIBED)
    factories.subscriber(session, settings, "elsewhere@example.org", "events")
    silent = factories.subscriber(session, settings, "silent@example.org")
    suppressions.add(session, silent.address_hmac, suppressions.SuppressionReason.UNSUBSCRIBED)
    campaign = factories.campaign(session)
    with pytest.raises(Invalid, match="Nobody has confirmed") as found:
        factories.send(session, press, campaign, now=NOW)
    assert found.value.problems[0].field == "topics"
    assert campaign.state is CampaignState.APPROVED


def test_the_number_of_people_shown_is_the_number_of_mails(session, settings, press):
    factories.subscriber(session, settings, "both@example.org", "statements", "events")
    factories.subscriber(session, settings, "one@example.org", "events")
    factories.subscriber(session, settings, "other@example.org", "annual-report")
    campaign = factories.campaign(session, "statements", "events")
    shown = audience.count(session, [topic.id for topic in campaign.topics])
    factories.send(session, press, campaign, now=NOW)
    planner.open_campaign(session, campaign.id, now=NOW)
    assert shown == campaigns.progress(session, campaign).total == 2


def test_a_message_that_breaks_a_rule_is_refused_with_the_rule(session, settings, press):
    factories.subscriber(session, settings, "a@example.org")
    campaign = factories.campaign(session, body="[Click here](https://example.org/report)")
    with pytest.raises(Invalid, match=r"says nothing on its own.*\(E-06\)") as found:
        factories.send(session, press, campaign, now=NOW)
    assert {problem.field for problem in found.value.problems} == {"body"}
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Edition)) == 0


def test_what_is_sent_is_frozen_whatever_happens_to_the_statement(session, settings, press):
    campaign = sending(session, settings, press)
    campaign.statement.title = "Something else"
    campaign.statement.body = "Something else."
    session.commit()
    edition = session.scalars(select(Edition)).one()
    assert edition.subject == "Open every polling station"
    assert "Something else" not in edition.html + edition.text


def test_other_words_for_the_inbox_are_what_is_sent(session, settings, press):
    factories.subscriber(session, settings, "a@example.org", "events")
    campaign = factories.campaign(session)
    campaign.subject, campaign.preheader = "Doors must open", "In every city"
    campaign.topics = [factories.topic(session, "events")]
    factories.send(session, press, campaign, now=NOW)
    session.commit()
    edition = session.scalars(select(Edition)).one()
    assert edition.subject == "Doors must open"
    assert "In every city" in edition.html


def test_the_workers_are_rung_for_after_the_commit_and_not_for_a_refusal(bell, settings, press):
    with bell() as session:
        empty = factories.campaign(session)
        session.commit()
        with pytest.raises(Invalid):
            factories.send(session, press, empty, now=NOW)
        session.rollback()
        assert bell.rung == []
        factories.subscriber(session, settings, "a@example.org")
        factories.send(session, press, empty, now=NOW)
        assert bell.rung == []
        session.commit()
        assert bell.rung == [open_campaign(empty.id)]
        campaigns.pause(session, empty)
        campaigns.resume(session, empty, now=NOW)
        session.commit()
        assert bell.rung == [open_campaign(empty.id)] * 2


def test_two_people_who_prepare_at_once_get_the_same_campaign(session, database):
    statement = factories.statement(session)
    session.commit()
    start = threading.Barrier(4)

    def prepare(_: int) -> int:
        with sessions(database).begin() as own:
            mine = own.merge(statement, load=True)
            start.wait(10)
            return campaigns.prepare(own, mine, None).id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(prepare, range(4)))) == 1


def test_two_people_who_press_send_at_once_start_one_campaign(session, settings, database, press):
    factories.subscriber(session, settings, "a@example.org")
    statement = factories.statement(session)
    session.commit()
    start = threading.Barrier(3)

    def press_send(_: int) -> str:
        try:
            with sessions(database).begin() as own:
                mine = own.merge(statement, load=True)
                start.wait(10)
                factories.send(own, press, campaigns.prepare(own, mine, None), now=NOW)
        except Conflict:
            return "refused"
        return "sent"

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(press_send, range(3))) == ["refused", "refused", "sent"]
    assert session.scalar(select(func.count()).select_from(Campaign)) == 1
    assert session.scalar(select(func.count()).select_from(Edition)) == 1


def test_the_database_itself_knows_one_campaign_under_way_per_statement(session, settings, press):
    campaign = sending(session, settings, press)
    for state in (CampaignState.DRAFT, CampaignState.SENDING, CampaignState.PAUSED):
        started = NOW if state is CampaignState.SENDING else None
        row = {"statement_id": campaign.statement_id, "state": state, "subject": "Twice", "started_at": started}
        with pytest.raises(IntegrityError, match="uq_campaigns_one_under_way"), session.begin_nested():
            session.execute(insert(Campaign).values(preheader="", **row))
    session.execute(update(Campaign).values(state=CampaignState.CANCELLED))
    session.execute(insert(Campaign).values(preheader="", subject="Again", statement_id=campaign.statement_id))


def test_progress_counts_rows_and_says_a_hundred_only_when_all_are_done(session, settings, press):
    campaign = sending(session, settings, press, people=9)
    progress = campaigns.progress(session, campaign)
    assert (progress.total, progress.done, progress.percent) == (9, 0, 0)
    set_states(session, campaign, *DeliveryState)
    progress = campaigns.progress(session, campaign)
    assert set(progress.by_state.values()) == {1}
    assert (progress.total, progress.done, progress.percent) == (9, 6, 66)
    set_states(session, campaign, *[DeliveryState.SENT] * 8, DeliveryState.DEFERRED)
    assert campaigns.progress(session, campaign).percent == 88
    set_states(session, campaign, *[DeliveryState.SENT] * 9)
    assert campaigns.progress(session, campaign).percent == 100


def test_before_the_audience_is_frozen_nothing_is_done_and_an_empty_campaign_that_is_over_is(session):
    campaign = factories.campaign(session)
    progress = campaigns.progress(session, campaign)
    assert (progress.total, progress.percent) == (0, 0)
    campaign.state, campaign.started_at, campaign.finished_at = CampaignState.SENT, NOW, NOW
    session.flush()
    assert campaigns.progress(session, campaign).percent == 100


def test_progress_counts_one_campaign_and_no_notices(session, settings, press):
    campaign = sending(session, settings, press)
    reader = factories.subscriber(session, settings, "new@example.org", state=SubscriptionState.PENDING)
    deliveries.queue_notice(session, DeliveryKind.ALREADY_SUBSCRIBED, reader, None, NOW)
    assert campaigns.progress(session, campaign).total == 3


def test_cancelling_closes_what_is_waiting_and_leaves_what_is_with_the_relay(session, settings, press):
    campaign = sending(session, settings, press, people=4)
    set_states(
        session, campaign, DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.DEFERRED, DeliveryState.QUEUED
    )
    campaigns.cancel(session, campaign, now=LATER)
    session.commit()
    states = session.scalars(select(Delivery.state).order_by(Delivery.id)).all()
    assert states == ["sent", "sending", "skipped", "skipped"]
    assert (campaign.state, campaign.finished_at) == (CampaignState.CANCELLED, LATER)
    assert ("skipped", "the campaign was cancelled", 2) in [
        (reason.state, reason.reply, reason.number) for reason in deliveries.reasons(session, campaign)
    ]


def test_each_step_is_possible_only_where_it_makes_sense(session, settings, press):
    campaign = sending(session, settings, press)
    with pytest.raises(Conflict, match="This campaign is sending; resume is not possible now"):
        campaigns.resume(session, campaign, now=NOW)
    with pytest.raises(Conflict, match="send is not possible now"):
        factories.send(session, press, campaign, now=NOW)
    campaigns.pause(session, campaign)
    assert list(campaigns.under_way(session)) == [campaign]
    with pytest.raises(Conflict, match="This campaign is paused; pause"):
        campaigns.pause(session, campaign)
    campaigns.resume(session, campaign, now=NOW)
    campaigns.cancel(session, campaign, now=NOW)
    assert list(campaigns.under_way(session)) == []
    with pytest.raises(Conflict, match="This campaign is cancelled"):
        campaigns.pause(session, campaign)
    with pytest.raises(Conflict, match="This campaign is cancelled"):
        campaigns.resume(session, campaign, now=NOW)
    with pytest.raises(Conflict):
        campaigns.cancel(session, campaign, now=NOW)


def test_a_campaign_is_found_by_the_id_in_its_address(session):
    campaign = factories.campaign(session)
    assert campaigns.get(session, campaign.public_id) is campaign
    with pytest.raises(NotFound):
        campaigns.get(session, type(campaign.public_id)(int=0))
