"""A provider is held: staff read why, and release it with a button."""

from datetime import UTC, datetime

import pytest

from app.models import CampaignState
from app.services import holds
from tests import factories

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WHY = "gmail.com refused 9 of 60 messages within 15 minutes because of who sends them: “550 5.7.26 <unauthenticated>”."


@pytest.fixture
def campaign(newsroom):
    campaign = factories.campaign(newsroom)
    campaign.state, campaign.started_at, campaign.planned_at = CampaignState.SENDING, NOW, NOW
    holds.hold(newsroom, "gmail.com", WHY, now=NOW)
    newsroom.commit()
    return campaign


def test_overview_and_campaign_say_who_is_held_and_why(office, campaign):
    for path in ("/console/", f"/console/campaigns/{campaign.public_id}"):
        page = office.open(path)
        assert "Nothing is sent to gmail.com." in page.text
        assert WHY in page.text
        assert "Release gmail.com" in page.buttons


@pytest.mark.parametrize("where", ["", "campaigns/"])
def test_a_release_leads_back_to_where_the_button_was(office, campaign, newsroom, where):
    path = f"/console/{where}{campaign.public_id if where else ''}"
    page = office.open(path).press("Release gmail.com")
    assert page.path == path
    assert "gmail.com is released. Its readers get their mail now." in page.text
    assert "Nothing is sent to gmail.com." not in page.text
    assert list(holds.held(newsroom)) == []


def test_a_second_press_finds_it_released(office, campaign):
    page = office.open("/console/")
    page.press("Release gmail.com")
    assert "Nothing is held back there any more." in page.press("Release gmail.com").text


def test_a_campaign_that_is_over_shows_no_holds(office, campaign, newsroom):
    campaign.state, campaign.finished_at = CampaignState.SENT, NOW
    newsroom.commit()
    assert "Release" not in office.open(f"/console/campaigns/{campaign.public_id}").text


def test_where_nothing_is_held_nothing_is_said(office):
    assert "Held back" not in office.open("/console/").text


def test_strangers_release_nothing(stranger, campaign, newsroom):
    stranger.client.post("/console/providers/release", data={"provider": "gmail.com"})
    assert len(holds.held(newsroom)) == 1
