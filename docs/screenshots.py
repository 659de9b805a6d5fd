"""`make screenshots`: the pictures in these documents, taken from the running product.

`make screenshots ARGS="--all build/pages"` takes every page that links lead to instead, in light and dark, wide and
narrow, for people to look at.
"""

import argparse
import re
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from app.cli.demo import service
from app.cli.demo.people import PEOPLE, STAFF
from app.cli.demo.story import Story, watch_silently

IMAGES = Path(__file__).with_name("images")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
DESKTOP, TELEPHONE, NARROW = (
    {"width": 1280, "height": 860},
    {"width": 390, "height": 844},
    {"width": 320, "height": 700},
)
FAULTY = """Three of our city's five new harbour terminals opened with stairs and without a ramp.

![](https://opendoors.example/pictures/ramp.jpg)

We saw passengers being carried on board. For the figures, [click here](https://opendoors.example/harbour).

## What we ask for

- A ramp at each terminal before the summer.
- Disabled passengers at the table where the next terminals are planned.
"""
NO_PAGES = re.compile(r"/sign-out|/dev/inbox/.*\.eml|\.csv|\.xml|\.json|/images/|export|/raw")


def keep(picture: bytes, file: Path) -> None:
    """Store a picture small: 256 colours are enough for pages."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(BytesIO(picture)) as opened:
        opened.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)


def open_page(browser: Browser, url: str, *, viewport: dict[str, int] = DESKTOP, scheme: str = "light") -> Page:
    """A page in a window of its own, in which nothing moves."""
    window = browser.new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    page = window.new_page()
    page.goto(url)
    return page


def sign_in(page: Page, password: str) -> None:
    """Come in as the demonstration's editor."""
    page.get_by_label("Email address").fill(STAFF)
    page.get_by_label("Password").fill(password)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()


def take_public(browser: Browser, base: str) -> None:
    """The front page in the light, and on a telephone in the dark."""
    keep(open_page(browser, f"{base}/").screenshot(), IMAGES / "home.png")
    page = open_page(browser, f"{base}/subscribe", viewport=TELEPHONE, scheme="dark")
    keep(page.screenshot(), IMAGES / "subscribe-dark.png")


def take_mail(browser: Browser, story: Story) -> None:
    """The statement as a reader got it."""
    part = story.visitor.mail_to(PEOPLE[2], number=3).get_body(("html",))
    assert part is not None
    page = browser.new_context(viewport={"width": 760, "height": 1000}).new_page()
    page.set_content(part.get_content())
    page.wait_for_load_state("networkidle")
    keep(page.screenshot(), IMAGES / "mail.png")


def write_a_faulty_one(page: Page, base: str) -> str:
    """A statement with what a machine can see to be wrong; gives the address of its page."""
    page.goto(f"{base}/console/statements/new")
    page.get_by_label("Title (required)").fill("Every harbour terminal needs a ramp")
    page.get_by_label("Standfirst").fill("Three of our city's five new harbour terminals have stairs and no ramp.")
    page.get_by_label("Text", exact=True).fill(FAULTY)
    page.locator("input[name=topics]").first.check()
    with page.expect_navigation():
        page.get_by_role("button", name="Save and look at the mail").click()
    number = re.search(r"/statements/(\d+)", page.url)
    assert number is not None
    with page.expect_navigation():
        page.get_by_role("button", name="Publish", exact=True).click()
    return f"{base}/console/statements/{number[1]}"


def take_console(page: Page, base: str, statement: str) -> None:
    """Writing, the checks, a campaign's report."""
    page.goto(f"{statement}/edit")
    page.wait_for_load_state("networkidle")
    page.get_by_label("Text", exact=True).evaluate("(text) => scrollBy(0, text.getBoundingClientRect().top - 130)")
    page.get_by_title("The mail as readers see it").evaluate("(mail) => mail.scrollIntoView({block: 'nearest'})")
    keep(page.screenshot(), IMAGES / "writing.png")
    page.goto(statement)
    page.get_by_role("link", name="Send…").click()
    for button in ("Begin", "Save and go on", "Save and go on"):
        with page.expect_navigation():
            page.get_by_role("button", name=button, exact=True).click()
    keep(page.screenshot(), IMAGES / "checks.png")
    page.goto(f"{base}/console/campaigns")
    page.locator("main a[href*='/campaigns/']").last.click()
    page.wait_for_load_state()
    keep(page.screenshot(), IMAGES / "campaign.png")


def everywhere(page: Page, start: str) -> Iterator[str]:
    """Every page of a site that links lead to, one of each kind."""
    seen, waiting = set[str](), [start]
    while waiting:
        url = waiting.pop(0)
        if kind(url) in seen or NO_PAGES.search(url):
            continue
        seen.add(kind(url))
        if page.goto(url).status < 400:
            yield url
            links = page.locator("a[href]").evaluate_all("(all) => all.map((one) => one.href.split('#')[0])")
            waiting += [link for link in links if link.startswith(start)]


def kind(url: str) -> str:
    """A page's path without what names one thing among many."""
    path = re.sub(r"/[0-9a-f-]{32,36}(?=/|$)|/\d+(?=/|$)|/[\w-]+\.[\w-]{20,}", "/1", urlsplit(url).path)
    return re.sub(r"^/statements/[^/]+", "/statements/one", path)


def take_all(browser: Browser, base: str, folder: Path, password: str) -> None:
    """Every page, in light and dark, wide and narrow."""
    for start in (f"{base}/", f"{base}/console/"):
        for scheme in ("light", "dark"):
            for viewport in (DESKTOP, NARROW):
                page = open_page(browser, start, viewport=viewport, scheme=scheme)
                if start.endswith("console/"):
                    keep(page.screenshot(full_page=True), folder / f"{scheme}-{viewport['width']}-sign-in.png")
                    sign_in(page, password)
                for url in everywhere(page, start):
                    name = kind(url).strip("/").replace("/", "-") or "front"
                    picture = page.screenshot(full_page=True)
                    keep(picture, folder / f"{scheme}-{viewport['width']}-{name}.png")
                page.context.close()


def main() -> None:
    """Play the demonstration and look at it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="take every page into this folder instead")
    chosen = parser.parse_args()
    with service.running() as settings:
        story = Story(settings, say=print, watch=watch_silently)
        story.play()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES)
            page = open_page(browser, f"{settings.public_url}/console/")
            sign_in(page, story.password)
            statement = write_a_faulty_one(page, settings.public_url)
            if chosen.all:
                take_all(browser, settings.public_url, chosen.all, story.password)
            else:
                take_public(browser, settings.public_url)
                take_mail(browser, story)
                take_console(page, settings.public_url, statement)
            browser.close()


if __name__ == "__main__":
    main()
