"""The look of the console in a real browser: legible everywhere, by keyboard, on a telephone, from our server only."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from werkzeug.exceptions import HTTPException

from app.services.editions import Press
from tests import factories
from tests.browser.conftest import SCREENS
from tests.browser.newsroom import faults, is_too_wide, sign_in

# What opens something that is no page: a file to save, figures for a script, the mail in its frame.
NO_PAGES = re.compile(r"/(progress|mail|export)\b")
MOST_OF_ONE_KIND = 2
SMALL = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
    .filter(element => element.checkVisibility()
        && !element.closest('p, li:not(.nav-item, .page-item), dd, td, .choice'))
    .filter(element => element.getBoundingClientRect().height < 24 || element.getBoundingClientRect().width < 24)
    .filter(element => !element.matches('.skip-link, .visually-hidden'))
    .map(element => element.outerHTML.slice(0, 80))"""
SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-bottom: 2em !important }"""


@pytest.fixture
def busy_newsroom(newsroom, settings):
    """A newsroom in which something of each kind is there: a draft, a published statement, a campaign under way."""
    factories.statement(
        newsroom, "A draft with a title that is rather long, as titles of statements are", published=False
    )
    started = factories.campaign(newsroom)
    factories.send(newsroom, Press.from_settings(settings), started, now=factories.NOW)
    newsroom.commit()
    return newsroom


def kind(server, path: str) -> str:
    """The endpoint behind an address, or nothing."""
    try:
        return str(server.app.url_map.bind("localhost").match(path, method="GET")[0])
    except HTTPException:
        return ""


def links(page: Page) -> list[str]:
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    return [path for path in (urlsplit(link).path for link in found) if path.startswith("/console/")]


def walk(page: Page, server) -> Iterator[str]:
    """Open every page of the console that links lead to, at most two of a kind."""
    waiting, seen = ["/console/"], {}
    while waiting:
        path = waiting.pop(0)
        endpoint = kind(server, path)
        known = seen.setdefault(endpoint, [])
        if not endpoint or path in known or len(known) == MOST_OF_ONE_KIND or NO_PAGES.search(path):
            continue
        known.append(path)
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        waiting += links(page)
        yield path


@pytest.mark.timeout(400)
@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_that_links_lead_to_is_legible_and_fits(open_page, busy_newsroom, live_server, violations, screen):
    page = open_page("/console/", **SCREENS[screen])
    elsewhere = []
    page.on("request", lambda request: request.url.startswith(live_server.url) or elsewhere.append(request.url))
    sign_in(page)
    found = {}
    for path in walk(page, live_server):
        objections = violations(page) if screen != "narrow" else page.evaluate(SMALL)
        objections += ["scrolls sideways"] if is_too_wide(page) else []
        objections += [f"{number} h1" for number in [page.locator("h1").count()] if number != 1]
        found[path] = objections + faults(page)
        page.complaints.clear()
    assert {path: objections for path, objections in found.items() if objections} == {}
    assert elsewhere == []
    assert len(found) > 9


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("width", "style"), [(320, SPACING), (640, "html { font-size: 200% }")], ids=["spaced", "doubled"]
)
def test_nothing_is_cut_off_when_words_are_spaced_or_doubled(open_page, busy_newsroom, live_server, width, style):
    page = open_page("/console/", viewport={"width": width, "height": 800}, bypass_csp=True)
    sign_in(page)
    wide = []
    for path in walk(page, live_server):
        page.add_style_tag(content=style)
        wide += [path] if is_too_wide(page) else []
    assert wide == []


def test_the_focus_can_be_seen_in_every_scheme(open_page, busy_newsroom):
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
