"""Readers' pages in a real browser: for every eye, by keyboard alone, without scripts, on the narrowest screen."""

import re
from io import BytesIO

import pytest
import time_machine
from PIL import Image as Pillow
from playwright.sync_api import expect
from sqlalchemy import select

from app.clock import utc_now
from app.models import AddressChange, SubscriptionState
from app.services import images
from tests.browser.conftest import SCREENS

ANA, BEN = "ana@example.org", "ben@example.org"
BODY = """The text is **signed**. See [the guide to accessible meetings](https://example.org/guide).

## What was agreed

- large print
- sign language

> Nothing about us without us.

| Region | States with a budget for access | Reported by the ministries |
|---|---|---|
| Africa | 21 | yes |
"""
ERRORS = re.compile(r"status of (400|403|404|409|410)")


def move_link(newsletter):
    """That of a reader who wants to be written to elsewhere."""
    newsletter.session.rollback()
    change = newsletter.session.scalar(select(AddressChange.id))
    if change is None:
        newsletter.join("carla@example.org", "statements")
        newsletter.press(newsletter.preferences_link("carla@example.org"), move="1", new_email="carla@new.example")
        change = newsletter.session.scalars(select(AddressChange.id)).one()
    return newsletter.installation.links.move(change)


PAGES = {
    "front page": lambda n: "/",
    "archive": lambda n: "/statements",
    "archive of a topic": lambda n: "/statements?topic=education",
    "statement": lambda n: "/statements/ramps-first",
    "statement in Arabic": lambda n: "/statements/arabic",
    "sign-up": lambda n: "/subscribe",
    "check your inbox": lambda n: "/subscribe/check-your-inbox",
    "confirm": lambda n: n.confirmation_link(BEN),
    "already confirmed": lambda n: n.confirmation_link(ANA),
    "confirmation expired": lambda n: expired(n, lambda: n.confirmation_link(BEN)),
    "this wasn't me": lambda n: n.refusal_link(BEN),
    "preferences": lambda n: n.preferences_link(ANA),
    "preferences expired": lambda n: expired(n, lambda: n.preferences_link(ANA)),
    "own data": lambda n: f"{n.preferences_link(ANA)}/data",
    "erase": lambda n: f"{n.preferences_link(ANA)}/erase",
    "send me my link": lambda n: "/preferences",
    "link asked for": lambda n: "/preferences/check-your-inbox",
    "new address": move_link,
    "new address too late": lambda n: expired(n, lambda: move_link(n)),
    "unsubscribe": lambda n: n.unsubscribe_link(ANA, n.campaign("education")),
    "help": lambda n: "/help",
    "privacy": lambda n: "/privacy",
    "embedding guide": lambda n: "/embed",
    "form in a frame": lambda n: "/embed/form",
    "after the form in a frame": lambda n: "/embed/check-your-inbox",
    "no such page": lambda n: "/nowhere",
}
SMALL = """() => [...document.querySelectorAll('.button, nav a, .tag[href], select, input[type=email], .choice')]
    .filter(element => element.checkVisibility() && element.getBoundingClientRect().height < 44)
    .map(element => element.outerHTML.slice(0, 80))"""
BUTTONS = {
    "sign-up with mistakes": ("/subscribe", "Subscribe"),
    "confirmed": (lambda n: n.confirmation_link(BEN), "Confirm my subscription"),
    "refused": (lambda n: n.refusal_link(BEN), "Never write to me again"),
    "link asked for with mistakes": ("/preferences", "Send me my link"),
    "new address with mistakes": (lambda n: n.preferences_link(ANA), "Change my address"),
    "paused": (lambda n: n.preferences_link(ANA), "Pause for 3 months"),
    "moved": (move_link, "Use this address"),
    "preferences saved": (lambda n: n.preferences_link(ANA), "Save my choice"),
    "left everything": (lambda n: n.preferences_link(ANA), "Unsubscribe from everything"),
    "left a topic": (lambda n: n.unsubscribe_link(ANA, n.campaign("education")), "Unsubscribe from Education"),
    "preferences by mail": (lambda n: n.unsubscribe_link(ANA, n.campaign("education")), "Email me a link"),
}


def expired(newsletter, link):
    with time_machine.travel(utc_now().replace(year=2025)):
        return link()


@pytest.fixture
def readers(newsletter):
    """A newsletter with statements, a reader who confirmed and one who has not yet."""
    newsletter.offer("statements", "education")
    picture = BytesIO()
    Pillow.new("RGB", (1280, 500), "teal").save(picture, "PNG")
    image = images.add(newsletter.session, picture.getvalue())
    people = {"signatory_name": "Mara Okonjo", "signatory_role": "Director", "contact_name": "Tomás Rey"}
    newsletter.publish(
        "Ramps first",
        body=BODY,
        standfirst="What the conference decided, and what it left open.",
        image_id=image.id,
        image_alt="A ramp",
        contact_email="a-rather-long-address-of-the-press-office@press.opendoors.example",
        contact_phone="+44 20 7946 0001",
        **people,
    )
    arabic = newsletter.publish(
        "المدارس المفتوحة للجميع", body="نص البيان.", language="ar", topic="education", **people
    )
    arabic.slug = "arabic"
    newsletter.publish("Donaudampfschifffahrtsgesellschaftskapitänswitwenrente", language="de")
    newsletter.join(ANA, "statements", "education")
    newsletter.sign_up(BEN, "statements", "education")
    newsletter.session.commit()
    return newsletter


def pressed(readers, open_page, name, **options):
    where, button = BUTTONS[name]
    page = open_page(where(readers) if callable(where) else where, **options)
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()
    return page


def complaints(page):
    return [text for text in page.complaints if not ERRORS.search(text)]


def width_of(page):
    return page.evaluate("document.documentElement.scrollWidth")


def turn_to(page, screen):
    """Let the page that is open be seen on another screen."""
    page.emulate_media(color_scheme=SCREENS[screen]["color_scheme"], reduced_motion="reduce")
    page.set_viewport_size(SCREENS[screen]["viewport"])


def objections(page, violations, screen, **asked):
    turn_to(page, screen)
    is_wide = width_of(page) > SCREENS[screen]["viewport"]["width"]
    wide = [f"{width_of(page)} pixels wide"] if is_wide else []
    return [f"{screen}: {words}" for words in violations(page, **asked) + wide]


@pytest.mark.timeout(240)
def test_a_machine_finds_nothing_to_object_to_on_any_page(readers, open_page, violations):
    found = {}
    page = open_page("/", **SCREENS["light"])
    for name, where in PAGES.items():
        page.goto(where(readers).removeprefix(readers.installation.links.base))
        found[name] = [
            *objections(page, violations, "dark", colours=True),
            *objections(page, violations, "narrow"),
            *objections(page, violations, "light"),
        ]
    assert {name: problems for name, problems in found.items() if problems} == {}
    assert complaints(page) == []


@pytest.mark.parametrize("language", ["fr", "de", "es", "ar"])
def test_nor_in_any_language_on_the_narrowest_screen(readers, open_page, violations, language):
    found = {}
    page = open_page("/", **SCREENS["narrow"])
    for name, where in PAGES.items():
        path = where(readers).removeprefix(readers.installation.links.base)
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        wide = [f"{width_of(page)} pixels wide"] if width_of(page) > 320 else []
        silent = [] if page.locator("html").get_attribute("lang") == language else ["another language"]
        found[name] = violations(page) + wide + silent
    assert {name: problems for name, problems in found.items() if problems} == {}
    assert complaints(page) == []


@pytest.mark.parametrize("name", BUTTONS)
def test_nor_on_any_page_that_a_button_leads_to(readers, open_page, violations, name):
    page = pressed(readers, open_page, name, **SCREENS["dark"])
    assert [words for screen in ("dark", "narrow") for words in objections(page, violations, screen)] == []
    assert complaints(page) == []


def test_errors_take_the_focus_and_lead_to_their_fields(readers, open_page):
    page = pressed(readers, open_page, "sign-up with mistakes")
    assert page.title().startswith("Error: ")
    expect(page.locator(".error-summary")).to_be_focused()
    page.locator(".error-summary a").first.click()
    expect(page.locator("#email")).to_be_focused()


def test_what_a_button_did_is_where_the_focus_is(readers, open_page):
    page = pressed(readers, open_page, "confirmed")
    expect(page.get_by_role("heading", name="You are subscribed")).to_be_focused()
    for name in ("preferences saved", "paused"):
        page = pressed(readers, open_page, name)
        expect(page.get_by_role("status")).to_be_focused()


def test_a_reader_joins_by_keyboard_alone(readers, open_page):
    page = open_page("/subscribe")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("carla@example.org")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "submit":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/subscribe/check-your-inbox")
    assert readers.standing("carla@example.org") == {"statements": SubscriptionState.PENDING}


def test_everything_works_without_scripts(readers, open_page):
    page = open_page("/subscribe?topic=education", java_script_enabled=False)
    page.get_by_label("Your email address").fill("carla@example.org")
    page.get_by_role("button", name="Subscribe").click()
    page.wait_for_url("**/check-your-inbox")
    page = open_page(readers.confirmation_link("carla@example.org"), java_script_enabled=False)
    page.get_by_role("button", name="Confirm my subscription").click()
    assert page.get_by_role("heading", level=1).inner_text() == "You are subscribed"
    page.get_by_role("link", name="Change your preferences").click()
    page.get_by_role("button", name="Unsubscribe from everything").click()
    assert page.get_by_role("heading", level=1).inner_text() == "You are unsubscribed"


def test_no_page_presses_its_own_button(readers, open_page):
    before = readers.everything()
    for link in (readers.confirmation_link(BEN), readers.refusal_link(BEN), readers.preferences_link(ANA)):
        page = open_page(link)
        page.wait_for_timeout(300)
    assert readers.everything() == before


def test_the_form_works_inside_a_frame(readers, open_page):
    page = open_page("/embed")
    frame = page.frame_locator("iframe")
    frame.get_by_label("Your email address").fill("carla@example.org")
    frame.get_by_label("Education").check()
    frame.get_by_role("button", name="Subscribe").click()
    frame.get_by_role("heading", name="Check your inbox").wait_for()
    assert readers.standing("carla@example.org") == {"education": SubscriptionState.PENDING}


SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-bottom: 2em !important }"""


@pytest.mark.parametrize(
    ("width", "style"), [(320, SPACING), (640, "html { font-size: 200% }")], ids=["spaced", "doubled"]
)
def test_nothing_is_cut_off_when_readers_space_or_double_the_words(readers, open_page, width, style):
    page = open_page("/", viewport={"width": width, "height": 800}, bypass_csp=True)
    paths = ["/", "/statements", "/subscribe", "/statements/ramps-first", "/help", "/embed"]
    for path in [*paths, readers.path(readers.preferences_link(ANA))]:
        page.goto(path)
        page.add_style_tag(content=style)
        assert width_of(page) <= width, path


def test_what_can_be_pressed_is_large_enough(readers, open_page):
    page = open_page("/subscribe", **SCREENS["narrow"])
    for path in ("/", "/statements", "/subscribe", "/preferences", readers.path(readers.preferences_link(ANA))):
        page.goto(path)
        small = page.evaluate(SMALL)
        assert small == [], path


def test_focus_can_be_seen_in_every_scheme(readers, open_page):
    for options in (SCREENS["light"], SCREENS["dark"], {"forced_colors": "active"}):
        page = open_page("/", **options)
        for _ in range(8):
            page.keyboard.press("Tab")
            outline = page.evaluate("getComputedStyle(document.activeElement).outline")
            assert "solid 3px" in outline, outline
