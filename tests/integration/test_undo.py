"""Sending can be taken back until its first mail leaves, and then it was never sent."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.database import sessions
from app.errors import Conflict
from app.models import Campaign, CampaignState, Delivery, DeliveryState
from app.services import campaigns, outlook
from app.services.editions import Press
from tests import factories
from worker.delivery import planner
from worker.delivery.claims import Place, claim_statements

NOW = factories.NOW
SOON, TOO_LATE = NOW + timedelta(seconds=29), NOW + timedelta(seconds=30)


@pytest.fixture
def waiting(session, settings) -> Campaign:
    """A campaign within its time to undo, its audience drawn up already."""
    for number in range(3):
        factories.subscriber(session, settings, f"reader{number}@example.org")
    campaign = factories.campaign(session)
    press = Press.from_settings(settings.model_copy(update={"undo_seconds": 30}))
    factories.send(session, press, campaign, now=NOW)
    planner.open_campaign(session, campaign.id, now=NOW)
    session.commit()
    return campaign


def claimed(session, campaign, now) -> int:
    return len(claim_statements(session, Place(campaign.id), worker="w", most=10, now=now).claims)


def test_nothing_leaves_before_the_time_is_over(session, waiting):
    assert campaigns.progress(session, waiting).total == 3
    assert claimed(session, waiting, SOON) == 0
    assert claimed(session, waiting, TOO_LATE) == 3


def test_the_seconds_left_are_rounded_up_and_never_negative(waiting):
    assert campaigns.undo_left(waiting, NOW) == 30
    assert campaigns.undo_left(waiting, SOON + timedelta(milliseconds=1)) == 1
    assert campaigns.undo_left(waiting, TOO_LATE) == campaigns.undo_left(waiting, TOO_LATE + timedelta(days=1)) == 0


@pytest.mark.parametrize("is_paused", [False, True])
def test_undone_means_never_sent(session, waiting, is_paused):
    if is_paused:
        campaigns.pause(session, waiting)
    assert campaigns.undo(session, waiting, now=SOON)
    session.commit()
    assert (waiting.state, waiting.started_at, waiting.finished_at) == (CampaignState.CANCELLED, None, SOON)
    assert set(session.scalars(select(Delivery.state))) == {DeliveryState.SKIPPED}
    assert claimed(session, waiting, TOO_LATE) == 0
    assert outlook.look_ahead(session, waiting.statement).sent_before is None
    assert campaigns.prepare(session, waiting.statement, None).state is CampaignState.DRAFT


def test_undo_that_comes_too_late_pauses_because_that_is_what_was_meant(session, waiting):
    assert not campaigns.undo(session, waiting, now=TOO_LATE)
    assert waiting.state is CampaignState.PAUSED
    assert waiting.started_at == NOW
    with pytest.raises(Conflict, match="This campaign is paused"):
        campaigns.undo(session, waiting, now=TOO_LATE)


def test_cancelling_in_time_is_undoing_and_later_it_is_not(session, waiting):
    campaigns.cancel(session, waiting, now=TOO_LATE)
    assert outlook.sent_before(session, waiting.statement) is waiting


def test_where_a_worker_with_a_fast_clock_has_begun_it_counts_as_sent(session, waiting):
    assert claimed(session, waiting, TOO_LATE) == 3
    assert not campaigns.undo(session, waiting, now=SOON)
    assert (waiting.state, waiting.started_at) == (CampaignState.PAUSED, NOW)
    campaigns.cancel(session, waiting, now=SOON)
    assert outlook.sent_before(session, waiting.statement) is waiting


def until_waiting(session) -> None:
    """Wait until somebody waits for a lock."""
    waits = text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    deadline = time.monotonic() + 10
    while session.scalar(waits) is None:
        assert time.monotonic() < deadline
        session.rollback()


def test_undo_waits_for_a_claim_that_is_being_made_and_never_says_then_that_nobody_has_got_it(
    session, waiting, database
):
    make = sessions(database)
    campaign_id = waiting.id

    def undone() -> bool:
        with make.begin() as console:
            return campaigns.undo(console, console.get(Campaign, campaign_id), now=SOON)

    with make() as worker, ThreadPoolExecutor() as pool:
        assert claimed(worker, waiting, TOO_LATE) == 3
        pressed = pool.submit(undone)
        until_waiting(session)
        worker.commit()
        assert not pressed.result()
    session.refresh(waiting)
    assert (waiting.state, waiting.started_at) == (CampaignState.PAUSED, NOW)


def test_a_claim_waits_for_an_undo_and_gets_nothing_however_long_the_list(session, waiting, database, monkeypatch):
    monkeypatch.setattr("app.services.campaigns._SKIPPED_AT_ONCE", 1)
    make = sessions(database)
    place = Place(waiting.id)

    def claim() -> int:
        with make.begin() as worker:
            return len(claim_statements(worker, place, worker="w", most=10, now=TOO_LATE).claims)

    with make() as console, ThreadPoolExecutor() as pool:
        assert campaigns.undo(console, console.get(Campaign, place.campaign_id), now=SOON)
        taken = pool.submit(claim)
        until_waiting(session)
        console.commit()
        assert taken.result() == 0


def test_claims_do_not_wait_for_each_other(session, waiting, database):
    make = sessions(database)
    with make() as one, make() as other:
        other.execute(text("SET LOCAL lock_timeout = '1s'"))
        first = claim_statements(one, Place(waiting.id), worker="one", most=2, now=TOO_LATE).claims
        second = claim_statements(other, Place(waiting.id), worker="other", most=2, now=TOO_LATE).claims
        assert (len(first), len(second)) == (2, 1)


def test_without_a_time_to_undo_mail_leaves_at_once(session, settings):
    factories.subscriber(session, settings, "a@example.org")
    campaign = factories.campaign(session)
    factories.send(session, Press.from_settings(settings), campaign, now=NOW)
    planner.open_campaign(session, campaign.id, now=NOW)
    assert campaigns.undo_left(campaign, NOW) == 0
    assert claimed(session, campaign, NOW) == 1
    assert not campaigns.undo(session, campaign, now=NOW)


def test_a_long_list_is_cancelled_at_once_and_closed_by_the_sweep(session, waiting, monkeypatch):
    monkeypatch.setattr("app.services.campaigns._SKIPPED_AT_ONCE", 1)
    campaigns.cancel(session, waiting, now=TOO_LATE)
    session.commit()
    assert campaigns.progress(session, waiting).by_state[DeliveryState.QUEUED] == 2
    assert claimed(session, waiting, TOO_LATE) == 0
    planner.finish_all(session, now=TOO_LATE)
    assert campaigns.progress(session, waiting).by_state[DeliveryState.SKIPPED] == 3
