"""Trouble on its way to staff, in a real browser: shown and said when it begins and when it is over."""

from playwright.sync_api import expect
from sqlalchemy import update

from app.models import Campaign
from app.services import access, campaigns
from app.services.editions import Press
from tests import factories
from tests.flows.press_office import ADDRESS, NAME, PASSWORD
from worker.delivery import planner

TROUBLE = "The mail server does not answer (connection refused)."


def test_trouble_comes_and_goes_without_a_reload_and_is_said_once(
    open_page, session, settings, live_server, violations
):
    for limiter in live_server.app.extensions["limiter"]:
        limiter.reset()
    access.add_staff(session, ADDRESS, NAME, PASSWORD)
    factories.subscriber(session, settings, "ana@example.org")
    campaign = factories.campaign(session)
    factories.send(session, Press.from_settings(settings), campaign, now=factories.NOW)
    planner.open_campaign(session, campaign.id, now=factories.NOW)
    session.commit()
    page = open_page(
        f"/console/sign-in?next=/console/campaigns/{campaign.public_id}", viewport={"width": 320, "height": 640}
    )
    page.fill("#email", ADDRESS)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    notice, said = page.locator("[data-trouble]"), page.locator("[data-said]")
    expect(page.locator("[data-words]")).to_have_text("0 of 1 done")
    expect(notice).to_be_hidden()

    campaigns.note_trouble(session, campaign.id, TROUBLE)
    session.commit()
    expect(notice).to_be_visible()
    expect(notice).to_have_text(f"Sending doesn't get on. {TROUBLE}")
    expect(said).to_have_text(f"Sending doesn't get on. {TROUBLE}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    campaigns.halt(session, campaign.id, TROUBLE)
    session.commit()
    expect(said).to_have_text(f"Paused. 0 of 1 done. {TROUBLE}")
    expect(notice).to_be_visible()
    campaigns.resume(session, campaign, now=factories.NOW)
    session.commit()
    expect(said).to_have_text("Sending. 0 of 1 done")
    expect(notice).to_be_hidden()
    session.execute(update(Campaign).values(trouble=TROUBLE))
    session.commit()
    expect(notice).to_be_visible()
    campaigns.note_trouble(session, campaign.id, "")
    session.commit()
    expect(said).to_have_text("0 of 1 done")
    expect(notice).to_be_hidden()
    assert page.complaints == []
