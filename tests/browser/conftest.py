"""A real browser on the real application: Chromium by playwright, axe-core for what a machine can find."""

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import create_app
from app.db import db
from app.services import access
from app.settings import Settings
from tests import factories
from tests.browser.looking import Finder, Look
from tests.flows.newsletter import Newsletter
from tests.flows.press_office import ADDRESS, NAME, PASSWORD
from tests.live_server import free_port, serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""Of those rules, the ones for which it matters whether a page is light or dark."""
SCREENS = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"},
}


class Counted:
    """The application, and how many requests it is at: a browser that leaves may leave some behind."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app, self.inside, self.changed = app, 0, threading.Condition()

    def __call__(self, environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
        with self.changed:
            self.inside += 1
        try:
            return self.app(environ, start_response)
        finally:
            with self.changed:
                self.inside -= 1
                self.changed.notify_all()

    def wait_until_idle(self) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.inside == 0, timeout=10)


@dataclass(frozen=True)
class LiveServer:
    """The application at an address of this machine."""

    app: Flask
    url: str
    requests: Counted


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, if this machine has it."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: no page was looked at in a browser (apt-get install chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def live_server(settings: Settings) -> Iterator[LiveServer]:
    """The whole application, knowing the address under which the browser finds it."""
    port = free_port()
    url = f"http://localhost:{port}"
    app = create_app(settings.model_copy(update={"public_url": url}))
    app.wsgi_app = requests = Counted(app.wsgi_app)
    with serving(app, port):
        yield LiveServer(app, url, requests)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def newsletter(live_server: LiveServer, database: Engine, session: Session, unguarded: None) -> Newsletter:
    """The newsletter that the browser sees, with nobody on it yet."""
    return Newsletter.of(live_server.app, session)


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, database: Engine) -> Iterator[Callable[..., Page]]:
    """Opens pages: `open_page("/help", color_scheme="dark")`; options are those of a browser context."""
    contexts = []

    def open_(path: str, **options: object) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(path.removeprefix(live_server.url))
        return page

    yield open_
    for context in contexts:
        context.close()
    live_server.requests.wait_until_idle()


@pytest.fixture
def newsroom(session: Session, settings: Settings, database: Engine, live_server: LiveServer) -> Session:
    """A member of staff, a topic and twenty readers."""
    for limiter in live_server.app.extensions["limiter"]:
        limiter.reset()
    access.add_staff(session, ADDRESS, NAME, PASSWORD)
    factories.topic(session)
    factories.readers(session, settings, (f"reader{number}@example.org" for number in range(20)))
    session.commit()
    return session


@pytest.fixture(scope="session")
def violations() -> Finder:
    """What axe-core finds on a page, but not in its frames: the rule, and the first element that breaks it.

    `colours=True` asks only about colours: for a page in its other colours, of which all else was asked already.
    """
    axe = Axe()
    options = {"resultTypes": ["violations"], "iframes": False, "preload": False}

    def find(page: Page, *, colours: bool = False) -> list[str]:
        page.wait_for_load_state()
        if not page.evaluate("'axe' in window"):
            page.evaluate(axe.axe_script)
        asked = options | {"runOnly": COLOURS if colours else list(RULES)}
        found = page.evaluate("options => axe.run(document, options)", asked)["violations"]
        return [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found]

    return find


@pytest.fixture
def look(open_page: Callable[..., Page], newsroom: Session, violations: Finder) -> Look:
    """Somebody in front of the console who looks at each page in light, in dark and on a telephone."""
    return Look(open_page("/console/", reduced_motion="reduce"), violations)
