"""A form that arrives after its author's session ended: it opens again with what was typed, and nothing is done."""

import pytest
from sqlalchemy import select, text

from app.models import Subscriber, SuppressionReason
from app.services import suppressions
from tests.flows.console.staff_room import colleague
from tests.flows.newsroom import rows_of_everything
from tests.flows.press_office import PressOffice

FORMS = [
    ("topics/new", "Save the topic", {"name": "Housing", "slug": "housing", "description": "What we say about homes"}),
    ("topics/statements/edit", "Save the topic", {"name": "What we say", "description": "Every week"}),
    ("settings", "Save settings", {"sender_name": "Open Doors", "undo_seconds": "many"}),
    ("staff/invite", "Send the invitation", {"name": "Mia Roth", "email": "mia@opendoors.example"}),
    ("staff/2/second-factor", "Take it away", {"reason": "telephone lost"}),
    ("subscribers/new", "Add and send", {"email": "new@example.org", "how": "by telephone"}),
    ("subscribers/{person}/unsubscribe", "Unsubscribe", {"reason": "by telephone"}),
    ("subscribers/{person}/lift", "Let it be written to", {"typed": "reader0@example.org", "reason": "they asked"}),
]


@pytest.fixture
def person(office, newsroom) -> str:
    """How somebody who complained is called in addresses."""
    colleague(newsroom)
    reader = newsroom.scalars(select(Subscriber).where(Subscriber.address == "reader0@example.org")).one()
    suppressions.add(newsroom, reader.address_hmac, SuppressionReason.COMPLAINT)
    newsroom.commit()
    found = office.open("/console/subscribers").press("Search", who=reader.address)
    return found.path.rpartition("/")[2]


@pytest.mark.parametrize(("path", "button", "typed"), FORMS)
def test_a_lost_session_loses_nothing_that_was_typed(office, newsroom, person, path, button, typed):
    page = office.open(f"/console/{path.format(person=person)}")
    before = rows_of_everything(newsroom)
    newsroom.execute(text("DELETE FROM staff_sessions"))
    newsroom.commit()
    lost = page.press(button, **typed)
    assert (lost.status, "What you typed is not lost" in lost.text) == (401, True)
    assert rows_of_everything(newsroom) == before
    office.sign_in()
    before = rows_of_everything(newsroom)
    again = lost.press("Open the form again")
    assert again.status == 400
    assert "Nothing was changed. You signed in again" in again.html.select_one(".error-summary").get_text()
    assert {name: again.value(name) for name in typed} == typed
    assert rows_of_everything(newsroom) == before


def test_what_a_colleague_saved_meanwhile_is_said(office, newsroom, app):
    page = office.open("/console/settings")
    newsroom.execute(text("DELETE FROM staff_sessions"))
    newsroom.commit()
    lost = page.press("Save settings", sender_name="Open Doors")
    other = PressOffice(app.test_client())
    other.sign_in()
    other.open("/console/settings").press("Save settings", sender_name="Doors")
    office.sign_in()
    again = lost.press("Open the form again")
    assert "saved is now Doors" in again.text
    assert again.value("sender_name") == "Open Doors"
