"""The seconds in which sending can be undone, in a real browser: counted down, and the button goes with the last."""

from datetime import timedelta

from playwright.sync_api import expect

from app.clock import utc_now
from app.services import access
from app.services.editions import Press
from tests import factories
from tests.flows.press_office import ADDRESS, NAME, PASSWORD
from worker.delivery import planner


def test_the_seconds_run_down_and_the_button_goes_without_a_reload(
    open_page, session, settings, live_server, violations
):
    for limiter in live_server.app.extensions["limiter"]:
        limiter.reset()
    access.add_staff(session, ADDRESS, NAME, PASSWORD)
    factories.subscriber(session, settings, "ana@example.org")
    campaign = factories.campaign(session)
    press = Press.from_settings(settings.model_copy(update={"undo_seconds": 60}))
    factories.send(session, press, campaign, now=utc_now())
    planner.open_campaign(session, campaign.id, now=utc_now())
    session.commit()
    page = open_page(
        f"/console/sign-in?next=/console/campaigns/{campaign.public_id}", viewport={"width": 320, "height": 640}
    )
    page.fill("#email", ADDRESS)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    left, undo = page.locator("[data-undo-left]"), page.get_by_role("button", name="Undo")
    shown = int(left.inner_text())
    assert 0 < shown <= 60
    expect(left).not_to_have_text(str(shown))
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    undo.focus()
    campaign.begins_at = utc_now() - timedelta(seconds=1)
    session.commit()
    expect(undo).to_be_hidden()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator("[data-said]")).to_have_text("0 of 1 done")
    assert page.evaluate("document.activeElement.id") == "how-far"
    assert page.complaints == []
