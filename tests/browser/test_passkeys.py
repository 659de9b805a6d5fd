"""Passkeys in a real browser, with an authenticator that Chromium plays itself."""

import pytest
from sqlalchemy import select

from app.models import Passkey
from tests.browser.newsroom import press, sign_in


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


def test_what_pages_of_accounts_refuse_and_show_once_is_legible_and_fits(look, newsroom):
    page = look.page
    with_authenticator(page)
    sign_in(page)
    look.go("/console/account")
    page.goto("/console/staff/invite")
    look.press("Send the invitation", "invitation, refused")
    page.goto("/console/account/codes")
    page.fill("#code", "000000")
    look.press("Switch it on", "codes, refused")
    make_passkey(page)
    look.at("recovery codes")
    press(page, "Sign out")
    sign_in(page)
    page.fill("#code", "000000")
    look.press("Go on", "second step, refused")
