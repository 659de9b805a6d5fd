"""The sweep: whatever was left behind is found again from the rows, and nothing is rung for that need not be."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app import jobs
from app.database import sessions
from app.models import Campaign, CampaignState, Delivery, DeliveryKind, DeliveryState, SubscriptionState
from app.services import campaigns, deliveries
from app.services.editions import Press
from tests import factories
from worker.delivery import planner
from worker.delivery.sweep import UNHEARD_AFTER, sweep

NOW = factories.NOW
MINUTE = timedelta(minutes=1)
DELIVER = [jobs.deliver()] * 2


@pytest.fixture
def session(engine):
    """A session that keeps nothing."""
    with sessions(engine)() as session:
        yield session
        session.rollback()


def swept(session, now=NOW) -> list[jobs.Job]:
    rung = list(sweep(session, now=now))
    session.flush()
    session.expire_all()
    return rung


def notice(session, settings, address: str = "ana@example.org", **fields: object) -> Delivery:
    person = factories.subscriber(session, settings, address, state=SubscriptionState.PENDING)
    made = deliveries.queue_notice(session, DeliveryKind.ALREADY_SUBSCRIBED, person, None, NOW)
    assert made
    for name, value in fields.items():
        setattr(made, name, value)
    session.flush()
    return made


def sending(session, settings, *, planned: bool = True) -> Campaign:
    for number in range(3):
        factories.subscriber(session, settings, f"reader{number}@example.org")
    campaign = factories.campaign(session)
    factories.send(session, Press.from_settings(settings), campaign, now=NOW)
    if planned:
        planner.open_campaign(session, campaign.id, now=NOW)
    session.flush()
    return campaign


def set_all(session, campaign, **values: object) -> None:
    session.execute(update(Delivery).where(Delivery.campaign_id == campaign.id).values(**values))
    session.expire_all()


def test_where_nothing_is_left_behind_nothing_is_rung_for(session):
    assert swept(session) == []


def test_a_notice_that_nobody_heard_of_is_rung_for_again_after_a_while(session, settings):
    notice(session, settings)
    assert swept(session, NOW + UNHEARD_AFTER - timedelta(seconds=1)) == []
    assert swept(session, NOW + UNHEARD_AFTER) == [jobs.send_notices()]


def test_a_deferred_notice_is_rung_for_when_its_time_has_come(session, settings):
    notice(session, settings, state=DeliveryState.DEFERRED, next_attempt_at=NOW + 15 * MINUTE)
    assert swept(session, NOW + 14 * MINUTE) == []
    assert swept(session, NOW + 15 * MINUTE) == [jobs.send_notices()]


@pytest.mark.parametrize(
    "state", [DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.SKIPPED]
)
def test_a_notice_that_is_closed_is_left_alone(session, settings, state):
    notice(session, settings, state=state, sent_at=NOW, unknown_since=NOW, concluded_at=NOW)
    assert swept(session, NOW + 600 * MINUTE) == []


def test_a_refusal_from_which_nothing_was_concluded_yet_is_rung_for(session, settings):
    notice(session, settings, state=DeliveryState.FAILED)
    assert swept(session, NOW) == [jobs.understand_reports()]


def test_a_notice_in_somebodys_hands_is_left_alone_until_the_lease_ends(session, settings):
    made = notice(session, settings, state=DeliveryState.SENDING, claimed_by="w", lease_until=NOW + 30 * MINUTE)
    assert swept(session, NOW + 30 * MINUTE) == []
    assert made.state is DeliveryState.SENDING
    assert swept(session, NOW + 31 * MINUTE) == []
    assert made.state is DeliveryState.UNKNOWN


def test_a_campaign_that_nobody_opened_is_rung_for_again(session, settings):
    campaign = sending(session, settings, planned=False)
    assert swept(session, NOW + UNHEARD_AFTER) == []
    assert swept(session, NOW + UNHEARD_AFTER + timedelta(seconds=1)) == [jobs.open_campaign(campaign.id)]


def test_a_paused_or_cancelled_campaign_is_not_opened(session, settings):
    campaign = sending(session, settings, planned=False)
    campaigns.pause(session, campaign)
    assert swept(session, NOW + 60 * MINUTE) == []
    campaigns.cancel(session, campaign, now=NOW)
    assert swept(session, NOW + 60 * MINUTE) == []


def test_a_campaign_with_something_due_is_rung_for(session, settings):
    sending(session, settings)
    assert swept(session, NOW + MINUTE) == DELIVER
    assert swept(session, NOW + 2 * MINUTE) == DELIVER


def test_a_campaign_whose_mails_are_all_deferred_waits_for_the_first_of_them(session, settings):
    campaign = sending(session, settings)
    set_all(session, campaign, state=DeliveryState.DEFERRED, next_attempt_at=NOW + 15 * MINUTE)
    assert swept(session, NOW + 14 * MINUTE) == []
    assert swept(session, NOW + 15 * MINUTE) == DELIVER


def test_a_paused_campaign_is_not_rung_for_and_a_resumed_one_is(session, settings):
    campaign = sending(session, settings)
    campaigns.pause(session, campaign)
    assert swept(session, NOW + 5 * MINUTE) == []
    campaigns.resume(session, campaign, now=NOW)
    assert swept(session, NOW + 6 * MINUTE) == DELIVER


def test_a_campaign_whose_last_mail_is_closed_is_sent_with_its_moment(session, settings):
    campaign = sending(session, settings)
    set_all(session, campaign, state=DeliveryState.SENT, sent_at=NOW)
    assert swept(session, NOW + MINUTE) == []
    assert (campaign.state, campaign.finished_at) == (CampaignState.SENT, NOW + MINUTE)
    swept(session, NOW + 2 * MINUTE)
    assert campaign.finished_at == NOW + MINUTE


def test_a_campaign_with_one_mail_still_open_is_not_over(session, settings):
    campaign = sending(session, settings)
    set_all(session, campaign, state=DeliveryState.SENT, sent_at=NOW)
    last = session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
    for state in (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.SENDING):
        last.state, last.next_attempt_at, last.sent_at = state, NOW + 600 * MINUTE, None
        last.claimed_by, last.lease_until = "w", NOW + 600 * MINUTE
        swept(session, NOW + MINUTE)
        assert campaign.state is CampaignState.SENDING


def test_rows_of_a_process_that_did_not_come_back_become_unknown_and_close_their_campaign(session, settings):
    campaign = sending(session, settings)
    set_all(session, campaign, state=DeliveryState.SENDING, claimed_by="w", lease_until=NOW + 30 * MINUTE)
    assert swept(session, NOW + 30 * MINUTE) == []
    assert campaign.state is CampaignState.SENDING
    assert swept(session, NOW + 31 * MINUTE) == []
    progress = campaigns.progress(session, campaign)
    assert progress.by_state[DeliveryState.UNKNOWN] == progress.total == 3
    assert campaign.state is CampaignState.SENT
    (reason,) = deliveries.reasons(session, campaign)
    assert (reason.reply, reason.number) == ("the process that was sending it did not come back", 3)


def test_notices_are_rung_for_before_campaigns(session, settings):
    notice(session, settings)
    sending(session, settings)
    assert swept(session, NOW + 5 * MINUTE) == [jobs.send_notices(), *DELIVER]
