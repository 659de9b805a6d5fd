"""The pages of people's rights, looked at: a reader's own, and the console's."""

import pytest
from playwright.sync_api import expect

from app.clock import utc_now
from app.tokens import Purpose
from tests.browser.looking import Look
from tests.browser.newsroom import sign_in
from tests.known_person import known_person
from worker.workshop import Workshop


@pytest.fixture
def known(newsroom, settings):
    """Somebody of whom everything is known, with her reports understood."""
    made = known_person(newsroom, settings, now=utc_now())
    workshop = Workshop(settings)
    workshop.desk.work()
    workshop.close()
    return made


def test_a_reader_sees_what_is_kept_and_erases_it_on_any_screen(known, newsletter, open_page, violations):
    link = newsletter.path(newsletter.installation.links.preferences(known.person.id))
    reader = Look(open_page(f"{link}/data", reduced_motion="reduce"), violations)
    reader.at("data")
    page = reader.page
    page.get_by_role("link", name="Erase it").click()
    reader.at("erase")
    page.get_by_role("button", name="Erase everything now").click()
    expect(page.get_by_role("heading", name="Everything is erased")).to_be_focused()
    reader.at("erased")
    assert page.complaints == []


def test_staff_look_at_the_page_and_the_form_that_erases(known, look, newsletter):
    sign_in(look.page)
    person = newsletter.installation.tokens.make(Purpose.PERSON, known.person.id)
    look.go(f"/console/subscribers/{person}")
    look.page.get_by_role("link", name="Erase…").click()
    look.at("erase")
    look.press("Erase everything now", "what is missing")
