"""Subscribers and the first page in a real browser: legible in light and dark, on a telephone, by keyboard alone."""

import pytest
from playwright.sync_api import expect

from tests.browser.busy_newsroom import LONG, somebody_known
from tests.browser.looking import DESK, TELEPHONE
from tests.browser.newsroom import press, sign_in

PAGE = "/console/subscribers"
SHOWN = """([width, address]) => {
    const image = document.querySelector('picture img');
    return image.complete && image.naturalWidth === width && image.currentSrc.endsWith(address);
}"""


@pytest.fixture
def reader(newsroom, settings):
    """Somebody of whom there is everything to tell."""
    somebody_known(newsroom, settings)
    newsroom.commit()


def test_what_is_not_found_or_refused_of_subscribers_is_legible_and_fits(look, reader):
    page = look.page
    sign_in(page)
    page.goto(PAGE)
    page.fill("#who", "nobody here")
    press(page, "Search")
    expect(page.get_by_text("Nobody was found")).to_be_visible()
    look.at("nobody found")
    page.goto(PAGE)
    page.fill("#who", "somebody@else.example")
    press(page, "Search")
    look.at("nobody found")
    press(page, "Add this address")
    look.press("Add and send the confirmation", "add, refused")
    page.goto(PAGE)
    page.fill("#who", LONG)
    press(page, "Search")
    person = page.url
    page.goto(f"{person}/unsubscribe")
    look.press("Unsubscribe", "unsubscribe, refused")
    page.goto(f"{person}/lift")
    look.press("Let it be written to", "lift, refused")


def test_the_first_page_is_legible_for_a_newcomer(look, newsroom):
    sign_in(look.page)
    look.at("/console/")
    expect(look.page.get_by_text("The way to your first statement")).to_be_visible()


@pytest.mark.usefixtures("reader")
def test_the_first_page_shows_growth_as_a_picture_in_the_colours_of_the_page(look):
    page = look.page
    sign_in(page)
    picture = page.locator("picture img")
    picture.scroll_into_view_if_needed()
    for scheme, screen, width, address in (
        ("light", DESK, 960, "growth.svg"),
        ("dark", DESK, 960, "look=dark"),
        ("light", TELEPHONE, 420, "size=narrow"),
    ):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(screen)
        page.wait_for_function(SHOWN, arg=[width, address])
    page.get_by_text("The numbers as a table").press("Enter")
    look.at("/console/")


def test_somebody_is_added_and_leaves_by_keyboard_alone_without_scripts(open_page, newsroom):
    page = open_page("/console/", java_script_enabled=False)
    sign_in(page)
    page.goto(PAGE)
    page.get_by_role("link", name="Add somebody").press("Enter")
    page.keyboard.press("Tab")
    page.fill("#email", "ana@example.org")
    page.get_by_label("Statements").press("Space")
    page.fill("#how", "by telephone")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("ana@example.org")
    expect(page.get_by_text("A mail is on its way")).to_be_visible()
    page.get_by_role("link", name="Unsubscribe").press("Enter")
    page.get_by_label("Everything").press("Space")
    page.fill("#reason", "by telephone")
    page.keyboard.press("Enter")
    expect(page.get_by_text("They have left everything.")).to_be_visible()
