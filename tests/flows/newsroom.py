"""What the console's tests ask the database, and what they hand in."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Barrier
from typing import Any

from PIL import Image as Pillow
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests.flows.press_office import Page, PressOffice


def only(session: Session, model: type) -> Any:
    """The one row that there is, as it is now."""
    session.rollback()
    return session.scalars(select(model).execution_options(populate_existing=True)).one()


def count(session: Session, model: type) -> int:
    """How many rows there are now."""
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


def rows_of_everything(session: Session) -> dict[str, list[str]]:
    """Every row of every table, but for the sessions, which note when they were last seen."""
    session.rollback()
    tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    return {
        name: list(session.scalars(text(f"SELECT t::text FROM {name} t ORDER BY 1")))
        for name in tables
        if name != "staff_sessions"
    }


def a_picture(size: tuple[int, int] = (40, 30), kind: str = "PNG") -> bytes:
    """A small image file."""
    out = BytesIO()
    Pillow.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()


def publish(office: PressOffice, **changes: Any) -> Page:
    """Write and publish."""
    return office.write(**changes).press("Publish")


def begin(office: PressOffice, statement: int = 1) -> Page:
    """Make the campaign of a published statement; gives its second step, the audience."""
    return office.open(f"/console/statements/{statement}/send").press("Begin")


def step(office: PressOffice, begun: Page, name: str) -> Page:
    """Another step of the campaign to which a page belongs."""
    return office.open(f"{begun.path.rpartition('/')[0]}/{name}")


def acknowledge_all(office: PressOffice, begun: Page) -> None:
    """Read every warning of a campaign, and say so."""
    page = step(office, begun, "checks")
    while any("I have read this" in words for words in page.buttons):
        page = page.press("I have read this")


def ready(office: PressOffice, statement: int = 1) -> Page:
    """The last step of a new campaign, from which it can be sent."""
    begun = begin(office, statement)
    acknowledge_all(office, begun)
    return step(office, begun, "send")


def send(office: PressOffice) -> Page:
    """Write, publish and send."""
    publish(office)
    return ready(office).press("send to 3 people")


def at_once(*presses: Callable[[], Page]) -> list[Page]:
    """All at the same moment, as several people would."""
    ready = Barrier(len(presses))

    def press(action: Callable[[], Page]) -> Page:
        ready.wait()
        return action()

    with ThreadPoolExecutor(len(presses)) as pool:
        return list(pool.map(press, presses))
