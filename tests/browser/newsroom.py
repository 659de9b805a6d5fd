"""What tests do at a browser in the console: sign in, press, write, send."""

from playwright.sync_api import Page
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests import factories
from tests.flows.press_office import ADDRESS, PASSWORD, STATEMENT
from worker.delivery import planner

SHORT = {name: value for name, value in STATEMENT.items() if isinstance(value, str)}


def sign_in(page: Page, address: str = ADDRESS, password: str = PASSWORD) -> None:
    page.fill("#email", address)
    page.fill("#password", password)
    press(page, "Sign in")


def press(page: Page, words: str) -> None:
    """Press a button that leads to another page."""
    with page.expect_navigation():
        page.get_by_role("button", name=words, exact=True).click()


def write(page: Page, **changes: str) -> None:
    """Write a statement, and see its page."""
    page.goto("/console/statements/new")
    for name, value in (SHORT | changes).items():
        page.fill(f"#{name}", value)
    page.check("[name=topics]")
    press(page, "Save and look at the mail")


def freeze_audience(session: Session) -> None:
    """What the worker does first."""
    session.rollback()
    planner.open_campaign(session, session.scalar(text("SELECT max(id) FROM campaigns")), now=factories.NOW)
    session.commit()


def hand_over(session: Session, number: int, state: str = "sent") -> None:
    """What the worker does with so many messages."""
    session.execute(
        text(
            "UPDATE deliveries SET state = :state, sent_at = now(), reply_code = 550, reply_text = 'no such user'"
            " WHERE id IN (SELECT id FROM deliveries WHERE state = 'queued' ORDER BY id LIMIT :number)"
        ),
        {"state": state, "number": number},
    )
    session.commit()


def finish(session: Session) -> None:
    session.execute(text("UPDATE campaigns SET state = 'sent', finished_at = now()"))
    session.commit()


def faults(page: Page) -> list[str]:
    """Script errors and refused resources; that a page itself answered 400 or 404 is no fault."""
    return [complaint for complaint in page.complaints if "Failed to load resource" not in complaint]


def is_too_wide(page: Page) -> bool:
    """Whether the page as a whole scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def begin(page: Page, statement: str) -> None:
    """Make the campaign of a published statement; shows its second step, the audience."""
    page.goto(f"{statement}/send")
    press(page, "Begin")


def step(page: Page, name: str) -> None:
    """Another step of the campaign that is shown."""
    page.goto(f"{page.url.partition('?')[0].rpartition('/')[0]}/{name}")


def acknowledge_all(page: Page) -> None:
    """Read every warning, and say so."""
    step(page, "checks")
    button = page.get_by_role("button", name="I have read this")
    while button.count():
        with page.expect_navigation():
            button.first.click()


def ready(page: Page, statement: str) -> None:
    """Begin a campaign and lead to its last step, from which it can be sent."""
    begin(page, statement)
    acknowledge_all(page)
    step(page, "send")
