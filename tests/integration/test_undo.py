"""Sending can be taken back until its first mail leaves, and then it was never sent."""

from datetime import timedelta

import pytest
from sqlalchemy import select

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
    campaigns.send(session, press, campaign, now=NOW)
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


def test_without_a_time_to_undo_mail_leaves_at_once(session, settings):
    factories.subscriber(session, settings, "a@example.org")
    campaign = factories.campaign(session)
    campaigns.send(session, Press.from_settings(settings), campaign, now=NOW)
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
