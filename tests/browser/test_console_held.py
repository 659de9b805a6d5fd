"""A held provider in a real browser: released with the keyboard."""

from playwright.sync_api import expect

from app.models import CampaignState
from app.services import holds
from tests import factories
from tests.browser.newsroom import sign_in


def test_a_provider_is_released_by_keyboard(open_page, newsroom):
    campaign = factories.campaign(newsroom)
    campaign.state, campaign.started_at, campaign.planned_at = CampaignState.SENDING, factories.NOW, factories.NOW
    holds.hold(newsroom, "gmail.com", "gmail.com refused 9 of 60 messages.", now=factories.NOW)
    newsroom.commit()
    page = open_page(f"/console/sign-in?next=/console/campaigns/{campaign.public_id}")
    sign_in(page)
    expect(page.get_by_text("Nothing is sent to gmail.com.")).to_be_visible()
    page.get_by_role("button", name="Release gmail.com").press("Enter")
    expect(page.get_by_text("gmail.com is released.")).to_be_visible()
    assert page.complaints == []
