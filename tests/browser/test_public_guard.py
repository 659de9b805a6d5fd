"""The guarded sign-up form in a real browser: work that nobody notices, the back button, and a likely slip."""

import pytest
from playwright.sync_api import expect

from app.clock import utc_now
from app.models import DeliveryState, SiteSetting, SubscriptionState
from app.services.guard import work
from tests.browser.conftest import SCREENS

PENDING = SubscriptionState.PENDING
ANA = "ana@example.org"


@pytest.fixture
def guarded(newsletter, monkeypatch):
    """A form under attack, or as if; the work is light, as the machine may be busy."""
    monkeypatch.setattr(work, "BITS", 8)
    newsletter.offer("statements")
    newsletter.session.add(SiteSetting(name="signup_guard", value="on", changed_at=utc_now()))
    newsletter.session.commit()
    return newsletter


def fill_in(page, address):
    page.get_by_label("Your email address").fill(address)
    page.get_by_role("button", name="Subscribe").click()


def states(newsletter, address):
    newsletter.session.rollback()
    return [mail.state for mail in newsletter.mails(address)]


def test_a_browser_does_the_work_unseen_also_in_a_frame_and_after_the_back_button(guarded, open_page):
    page = open_page("/subscribe")
    fill_in(page, ANA)
    page.wait_for_url("**/check-your-inbox")
    page.go_back()
    fill_in(page, "anna@example.org")
    page.wait_for_url("**/check-your-inbox")
    framed = open_page("/embed").frame_locator("iframe")
    framed.get_by_label("Your email address").fill("ben@example.org")
    framed.get_by_role("button", name="Subscribe").click()
    framed.get_by_role("heading", name="Check your inbox").wait_for()
    for address in (ANA, "anna@example.org", "ben@example.org"):
        assert states(guarded, address) == [DeliveryState.QUEUED]
    assert page.complaints == []


def test_without_scripts_the_confirmation_comes_later(guarded, open_page):
    page = open_page("/subscribe", java_script_enabled=False)
    fill_in(page, ANA)
    page.wait_for_url("**/check-your-inbox")
    assert states(guarded, ANA) == [DeliveryState.DEFERRED]


@pytest.mark.parametrize("screen", SCREENS)
def test_a_likely_slip_is_asked_about_for_every_eye(guarded, open_page, violations, screen):
    page = open_page("/subscribe", **SCREENS[screen])
    fill_in(page, "ana@gmial.com")
    question = page.get_by_role("heading", name="Did you mean ana@gmail.com?")
    expect(question).to_be_focused()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS[screen]["viewport"]["width"]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/check-your-inbox")
    assert guarded.standing("ana@gmail.com") == {"statements": PENDING}
    assert states(guarded, "ana@gmail.com") == [DeliveryState.QUEUED]
    assert page.complaints == []
