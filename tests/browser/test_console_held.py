"""A held provider in a real browser: readable on a narrow screen, and released with the keyboard."""

import pytest
from playwright.sync_api import expect

from app.models import CampaignState
from app.services import access, holds
from tests import factories
from tests.browser.conftest import SCREENS
from tests.flows.press_office import ADDRESS, NAME, PASSWORD

WHY = (
    "gmail.com refused 9 of 60 messages within 15 minutes because of who sends them: “550 5.7.26 This mail has been "
    "blocked: https://support.example/mail/answer/a-very-long-address-without-a-place-to-break-it-anywhere-at-all”."
)


@pytest.mark.parametrize("screen", SCREENS)
def test_the_notice_fits_and_its_button_works(open_page, session, live_server, violations, screen):
    for limiter in live_server.app.extensions["limiter"]:
        limiter.reset()
    access.add_staff(session, ADDRESS, NAME, PASSWORD)
    campaign = factories.campaign(session)
    campaign.state, campaign.started_at, campaign.planned_at = CampaignState.SENDING, factories.NOW, factories.NOW
    holds.hold(session, "gmail.com", WHY, now=factories.NOW)
    session.commit()
    page = open_page(f"/console/sign-in?next=/console/campaigns/{campaign.public_id}", **SCREENS[screen])
    page.fill("#email", ADDRESS)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Nothing is sent to gmail.com.")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Release gmail.com").press("Enter")
    expect(page.get_by_text("gmail.com is released.")).to_be_visible()
    assert page.complaints == []
