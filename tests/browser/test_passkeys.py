"""Passkeys in a real browser, with an authenticator that Chromium plays itself."""

import pytest
from sqlalchemy import select

from app.models import Passkey
from tests.browser.conftest import SCREENS
from tests.flows.press_office import ADDRESS, PASSWORD


def press(page, words):
    """Press a button that leads to another page."""
    with page.expect_navigation():
        page.get_by_role("button", name=words).click()


def sign_in(page):
    page.goto("/console/sign-in")
    page.fill("#email", ADDRESS)
    page.fill("#password", PASSWORD)
    press(page, "Sign in")


def with_authenticator(page, *, knows_owner=True):
    """Give this page's browser a device that answers at once; gives its session and its id."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": knows_owner,
        "automaticPresenceSimulation": True,
    }
    return devtools, devtools.send("WebAuthn.addVirtualAuthenticator", {"options": device})["authenticatorId"]


@pytest.fixture
def page(open_page, newsroom):
    page = open_page("/console/sign-in")
    with_authenticator(page)
    return page


def make_passkey(page, name="Laptop"):
    page.goto("/console/account/passkeys/new")
    page.fill("#name", name)
    press(page, "Make the passkey")


def test_a_passkey_is_made_and_signs_in_alone(page, newsroom):
    sign_in(page)
    make_passkey(page)
    assert page.locator(".codes code").count() == 10
    press(page, "Sign out")
    press(page, "Use a passkey instead")
    assert page.url.endswith("/console/")
    assert page.complaints == []
    newsroom.rollback()
    assert newsroom.scalars(select(Passkey)).one().used_at is not None


def test_a_passkey_is_the_second_step_and_the_proof(page, newsroom):
    sign_in(page)
    make_passkey(page)
    press(page, "Sign out")
    sign_in(page)
    assert page.url.endswith("/console/sign-in/second-step?next=/console/")
    press(page, "Use my passkey")
    assert page.url.endswith("/console/")


def test_somebody_who_turns_the_browser_away_is_told_what_else_works(open_page, newsroom):
    page = open_page("/console/sign-in")
    with_authenticator(page, knows_owner=False)
    page.get_by_role("button", name="Use a passkey instead").click()
    page.get_by_text("That did not work, or was cancelled.").wait_for()


def test_without_scripts_nothing_that_needs_them_is_shown(open_page, newsroom):
    page = open_page("/console/sign-in", java_script_enabled=False)
    assert not page.get_by_role("button", name="Use a passkey instead").is_visible()
    sign_in(page)
    page.goto("/console/account/passkeys/new")
    assert page.get_by_text("An authenticator app works without.").is_visible()
    assert not page.get_by_role("button", name="Make the passkey").is_visible()


@pytest.mark.parametrize("screen", SCREENS)
def test_the_pages_of_accounts_are_legible_and_fit(open_page, newsroom, violations, screen):
    page = open_page("/console/sign-in", **SCREENS[screen], reduced_motion="reduce")
    with_authenticator(page)

    def look(path):
        page.goto(path)
        check(path)

    def check(name):
        if screen != "narrow":
            assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"

    for path in ("/console/sign-in", "/console/forgotten", "/console/forgotten/sent", "/console/link/x"):
        look(path)
    sign_in(page)
    for path in ("account", "account/password", "account/codes", "account/passkeys/new", "staff", "staff/invite"):
        look(f"/console/{path}")
    press(page, "Send the invitation")
    check("invitation, refused")
    page.goto("/console/account/codes")
    page.fill("#code", "000000")
    press(page, "Switch it on")
    check("codes, refused")
    make_passkey(page)
    check("recovery codes")
    passkey = newsroom.scalars(select(Passkey.id)).one()
    for path in ("account", f"account/passkeys/{passkey}", "staff", "staff/1"):
        look(f"/console/{path}")
    press(page, "Sign out")
    sign_in(page)
    check("second step")
    page.fill("#code", "000000")
    press(page, "Go on")
    check("second step, refused")
    assert [words for words in page.complaints if "Failed to load resource" not in words] == []
