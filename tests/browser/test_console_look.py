"""The look of the console in a real browser: the focus, the menu on a telephone, and the marks of fields."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREENS
from tests.browser.newsroom import faults, sign_in


def test_the_focus_can_be_seen_in_every_scheme(open_page, newsroom):
    for options in (SCREENS["light"], SCREENS["dark"], {"forced_colors": "active"}):
        page = open_page("/console/", **options)
        sign_in(page)
        page.goto("/console/statements/new")
        for _ in range(20):
            page.keyboard.press("Tab")
            outline = page.evaluate(
                "getComputedStyle(document.activeElement.closest('.choice') ?? document.activeElement).outline"
            )
            assert "solid 3px" in outline, outline


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_on_a_telephone_the_menu_opens_by_keyboard_and_closes_with_escape(open_page, newsroom, has_scripts):
    page = open_page("/console/", **SCREENS["narrow"], java_script_enabled=has_scripts)
    sign_in(page)
    button, menu = page.get_by_role("button", name="Menu"), page.get_by_role("navigation", name="Console")
    expect(menu).to_be_hidden()
    button.press("Enter")
    expect(menu.get_by_role("link", name="Statements", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()
    button.press("Enter")
    page.keyboard.press("Tab")
    expect(menu.get_by_role("link", name="Overview", exact=True)).to_be_focused()
    menu.get_by_role("link", name="Statements", exact=True).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Statements")


def test_on_a_wide_screen_the_ways_stand_in_the_open(open_page, newsroom):
    page = open_page("/console/", **SCREENS["light"])
    sign_in(page)
    expect(page.get_by_role("navigation", name="Console").get_by_role("link", name="Campaigns")).to_be_visible()
    expect(page.get_by_role("button", name="Menu")).to_be_hidden()


@pytest.mark.parametrize("screen", SCREENS)
def test_no_mark_of_a_field_is_refused_by_the_content_security_policy(open_page, newsroom, screen):
    page = open_page("/console/", **SCREENS[screen])
    sign_in(page)
    page.goto("/console/statements/new")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_label("Language").focus()
    page.get_by_role("button", name="Save and look at the mail").click()
    expect(page.locator(".error-summary")).to_be_focused()
    assert faults(page) == []
