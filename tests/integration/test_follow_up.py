"""What comes after a campaign: to others, to those it failed for, to everybody, or taken up again."""

import pytest
from sqlalchemy import select, update

from app.models import Campaign, CampaignState, Delivery, DeliveryState
from app.services import approval, campaigns, follow_up
from app.services.audience import Audience
from app.services.editions import Press
from app.services.follow_up import Whom
from tests import factories
from worker.delivery import planner

NOW = factories.NOW


@pytest.fixture
def press(settings):
    """A press with half a minute to undo."""
    return Press.from_settings(settings.model_copy(update={"undo_seconds": 30}))


@pytest.fixture
def sent(session, settings, press) -> Campaign:
    """A campaign with words of its own that reached one of two readers."""
    for number in range(2):
        factories.subscriber(session, settings, f"reader{number}@example.org")
    campaign = factories.campaign(session)
    campaign.subject, campaign.intro, campaign.languages = "Our own words", "Dear readers,", ["en"]
    factories.send(session, press, campaign, now=NOW)
    planner.open_campaign(session, campaign.id, now=NOW)
    return campaign


def ended(session, campaign) -> None:
    """It is over: one got it, the other's mailbox was full."""
    rows = select(Delivery).where(Delivery.campaign_id == campaign.id).order_by(Delivery.id)
    first, second = session.scalars(rows).all()
    first.state, first.sent_at = DeliveryState.SENT, NOW
    second.state, second.reply_class = DeliveryState.FAILED, "quota"
    campaign.state, campaign.finished_at = CampaignState.SENT, NOW
    session.flush()


@pytest.mark.parametrize(("whom", "people"), [(Whom.OTHERS, 1), (Whom.FAILED, 1), (Whom.EVERYBODY, 2)])
def test_it_goes_on_with_the_same_words_to_those_who_are_meant(session, sent, whom, people):
    ended(session, sent)
    assert follow_up.count(session, sent, whom) == people
    assert follow_up.is_for_anybody(session, sent, whom)
    made = follow_up.follow_up(session, sent, None, whom)
    assert (made.subject, made.intro, made.languages) == ("Our own words", "Dear readers,", ["en"])
    assert made.state is CampaignState.DRAFT
    meant = Audience.of(made)
    assert meant.excluded_campaign_id == (sent.id if whom is Whom.OTHERS else None)
    assert meant.repeats_id == (sent.id if whom is Whom.FAILED else None)
    assert follow_up.follow_up(session, sent, None, Whom.EVERYBODY) is made, "there is one at a time"


def test_nobody_is_left_whom_it_failed_for_if_their_mailboxes_are_gone(session, sent):
    ended(session, sent)
    session.execute(update(Delivery).values(reply_class="hard"))
    assert not follow_up.is_for_anybody(session, sent, Whom.FAILED)


def test_what_was_undone_is_taken_up_with_its_approval(session, press, sent):
    digest = sent.approved_hash
    assert campaigns.undo(session, sent, now=NOW)
    assert follow_up.was_taken_back(sent)
    made = follow_up.follow_up(session, sent, None, Whom.OTHERS)
    assert (made.state, made.approved_hash) == (CampaignState.APPROVED, digest)
    assert Audience.of(made).excluded_campaign_id is None
    campaigns.send(session, press, made, now=NOW)
    assert made.state is CampaignState.SENDING


def test_what_was_undone_and_then_changed_needs_a_new_approval(session, press, sent):
    campaigns.undo(session, sent, now=NOW)
    made = follow_up.follow_up(session, sent, None, Whom.EVERYBODY)
    made.statement.body = "Another text."
    session.flush()
    assert not approval.is_current(session, press, made)


def test_started_campaigns_are_offered_to_be_left_out_newest_first(session, sent):
    never = campaigns.prepare(session, factories.statement(session, "Never sent"), None)
    assert list(follow_up.started(session)) == [sent]
    assert never not in follow_up.started(session)
