"""Campaigns with a time of their own: started once and in time, or staff are asked."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.database import sessions
from app.errors import Conflict, Invalid
from app.jobs import open_campaign
from app.models import Campaign, CampaignState, Edition, StatementState
from app.services import campaigns, instance, outlook
from app.services.editions import Press
from app.services.schedule import LATEST_START, due_schedules
from tests import factories
from worker.delivery import planner
from worker.delivery.sweep import keep_time

NOW = factories.NOW
AT = NOW + timedelta(hours=3)


@pytest.fixture
def press(settings):
    return Press.from_settings(settings)


@pytest.fixture
def scheduled(session, settings, press) -> Campaign:
    factories.subscriber(session, settings, "a@example.org")
    campaign = factories.campaign(session)
    factories.schedule(session, press, campaign, at=AT)
    session.commit()
    return campaign


def test_a_scheduled_campaign_is_frozen_then_and_starts_at_its_time(session, settings, scheduled):
    assert (scheduled.state, scheduled.started_at) == (CampaignState.SCHEDULED, None)
    scheduled.statement.title = "Something else"
    session.commit()
    assert due_schedules(session, settings, now=AT - timedelta(seconds=1)) == []
    assert due_schedules(session, settings, now=AT) == [scheduled.id]
    assert (scheduled.state, scheduled.started_at, scheduled.begins_at) == (CampaignState.SENDING, AT, AT)
    assert due_schedules(session, settings, now=AT) == []
    assert session.scalars(select(Edition)).one().subject == "Open every polling station"


def test_who_gets_it_is_decided_when_it_starts(session, settings, scheduled):
    factories.subscriber(session, settings, "later@example.org")
    due_schedules(session, settings, now=AT)
    planner.open_campaign(session, scheduled.id, now=AT)
    assert campaigns.progress(session, scheduled).total == 2


def test_one_that_is_late_by_half_an_hour_still_starts_and_a_later_one_asks_staff(session, settings, scheduled):
    late = AT + LATEST_START
    with sessions(session.get_bind())() as other:
        assert due_schedules(other, settings, now=late) == [scheduled.id]
    assert due_schedules(session, settings, now=late + timedelta(seconds=1)) == []
    assert (scheduled.state, scheduled.started_at) == (CampaignState.PAUSED, None)
    trouble = campaigns.progress(session, scheduled).trouble
    assert "It was to be sent on November 24, 2026 at 12:00 UTC, but the service wasn't running then." in trouble
    assert "Go on to send it now, or cancel it." in trouble


def test_going_on_after_a_missed_time_starts_it(session, settings, scheduled):
    now = AT + timedelta(days=1)
    due_schedules(session, settings, now=now)
    campaigns.resume(session, scheduled, now=now, undo_seconds=30)
    assert (scheduled.state, scheduled.started_at, scheduled.trouble) == (CampaignState.SENDING, now, "")
    assert campaigns.undo_left(scheduled, now) == 30
    planner.open_campaign(session, scheduled.id, now=now)
    assert campaigns.progress(session, scheduled).total == 1


@pytest.mark.parametrize("wait", [timedelta(), timedelta(days=1)], ids=["before", "after it missed its time"])
def test_a_scheduled_campaign_that_is_cancelled_was_never_sent(session, settings, scheduled, wait):
    due_schedules(session, settings, now=NOW + wait)
    campaigns.cancel(session, scheduled, now=NOW + wait)
    assert due_schedules(session, settings, now=AT) == []
    assert outlook.look_ahead(session, scheduled.statement).sent_before is None
    assert campaigns.prepare(session, scheduled.statement, None).id != scheduled.id


def test_what_is_scheduled_is_neither_sent_nor_scheduled_a_second_time(session, press, scheduled):
    with pytest.raises(Conflict, match="This campaign is scheduled; send is not possible now"):
        factories.send(session, press, scheduled, now=NOW)
    with pytest.raises(Conflict, match="schedule is not possible now"):
        factories.schedule(session, press, scheduled, at=AT)
    with pytest.raises(Conflict, match=r"is to be sent on November 24, 2026 at 12:00 UTC\. Cancel that campaign first"):
        outlook.look_ahead(session, scheduled.statement)


def test_what_may_not_be_sent_may_not_be_scheduled(session, press):
    with pytest.raises(Invalid, match="Nobody has confirmed"):
        factories.schedule(session, press, factories.campaign(session), at=AT)


def test_the_sweep_rings_for_it_but_not_in_a_copy_of_the_installation(session, settings, scheduled):
    copy = settings.model_copy(update={"public_url": "https://copy.example"})
    instance.remember(session, settings, now=NOW)
    assert list(keep_time(session, copy, now=AT)) == []
    assert scheduled.state is CampaignState.SCHEDULED
    assert list(keep_time(session, settings, now=AT)) == [open_campaign(scheduled.id)]


def test_a_schedule_that_is_taken_back_leaves_it_approved_and_what_it_froze_is_made_anew(session, press, scheduled):
    assert campaigns.undo(session, scheduled, now=NOW)
    assert (scheduled.state, scheduled.scheduled_for) == (CampaignState.APPROVED, None)
    assert session.scalars(select(Edition)).all() == []
    factories.schedule(session, press, scheduled, at=AT + timedelta(days=1))
    assert scheduled.state is CampaignState.SCHEDULED
    assert len(session.scalars(select(Edition)).all()) == 1


def test_the_mail_of_a_withdrawn_statement_is_not_started(session, settings, scheduled):
    scheduled.statement.state = StatementState.WITHDRAWN
    session.commit()
    assert due_schedules(session, settings, now=AT) == []
    assert "its statement had been withdrawn" in campaigns.progress(session, scheduled).trouble
    with pytest.raises(Conflict, match="Publish the statement first"):
        campaigns.resume(session, scheduled, now=AT)


def test_what_is_not_what_was_approved_is_not_started_nor_gone_on_with(session, settings, scheduled):
    session.execute(update(Edition).values(subject="Something that nobody approved"))
    session.commit()
    assert due_schedules(session, settings, now=AT) == []
    session.commit()
    assert "was not what was approved" in campaigns.progress(session, scheduled).trouble
    with pytest.raises(Conflict, match="not what was approved"):
        campaigns.resume(session, scheduled, now=AT)
    session.rollback()
    campaigns.cancel(session, scheduled, now=AT)
    assert outlook.look_ahead(session, scheduled.statement).sent_before is None
