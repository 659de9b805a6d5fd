"""`make screenshots`: the pictures in these documents, taken from the running product."""

import shutil
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from app.cli.demo import service
from app.cli.demo.people import PEOPLE, STAFF
from app.cli.demo.story import Story, watch_silently

IMAGES = Path(__file__).with_name("images")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
DESKTOP, TELEPHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


def keep(name: str, picture: bytes) -> None:
    """Store a picture small: 256 colours are enough for pages."""
    with Image.open(BytesIO(picture)) as opened:
        opened.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)


def open_page(browser: Browser, url: str, *, viewport: dict[str, int] = DESKTOP, scheme: str = "light") -> Page:
    """A page in a window of its own."""
    page = browser.new_context(viewport=viewport, color_scheme=scheme).new_page()
    page.goto(url)
    return page


def take_public(browser: Browser, base: str) -> None:
    """The front page in the light, and on a telephone in the dark."""
    keep("home", open_page(browser, f"{base}/").screenshot())
    keep("subscribe-dark", open_page(browser, f"{base}/subscribe", viewport=TELEPHONE, scheme="dark").screenshot())


def take_mail(browser: Browser, story: Story) -> None:
    """The statement as a reader got it."""
    part = story.visitor.mail_to(PEOPLE[2], number=3).get_body(("html",))
    assert part is not None
    page = browser.new_context(viewport={"width": 760, "height": 1000}).new_page()
    page.set_content(part.get_content())
    page.wait_for_load_state("networkidle")
    keep("mail", page.screenshot())


def take_console(browser: Browser, base: str, password: str) -> None:
    """Overview, editor and a campaign's page."""
    page = open_page(browser, f"{base}/console/")
    page.get_by_label("Email address").fill(STAFF)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    keep("console", page.screenshot())
    page.goto(f"{base}/console/campaigns")
    page.locator("main").get_by_role("link").first.click()
    keep("campaign", page.screenshot())


def main() -> None:
    """Play the demonstration and look at it."""
    IMAGES.mkdir(exist_ok=True)
    with service.running() as settings:
        story = Story(settings, say=print, watch=watch_silently)
        story.play()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES)
            take_public(browser, settings.public_url)
            take_mail(browser, story)
            take_console(browser, settings.public_url, story.password)
            browser.close()


if __name__ == "__main__":
    main()
