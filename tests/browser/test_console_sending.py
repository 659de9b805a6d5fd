"""The way to sending in a real browser: legible everywhere, counted while one chooses."""

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser.newsroom import acknowledge_all, begin, faults, press, sign_in, step


@pytest.fixture
def statement(newsroom, settings, live_server) -> str:
    """The address of a published statement; some of its readers read French."""
    for number in range(3):
        factories.subscriber(newsroom, settings, f"lecteur{number}@example.org", "events", language="fr")
    made = factories.statement(newsroom, "Every door should open", "statements", "events")
    newsroom.commit()
    return f"{live_server.url}/console/statements/{made.id}"


def test_what_the_steps_refuse_and_what_they_show_later_is_legible_and_fits(look, statement):
    page = look.page
    sign_in(page)
    begin(page, statement)
    page.get_by_text("Leave people out").click()
    look.at("audience, all shown")
    step(page, "test")
    press(page, "Send the test")
    look.at("test")
    step(page, "words")
    page.fill("#subject", "x" * 251)
    look.press("Save and go on", "words, refused")
    step(page, "checks")
    acknowledge_all(page)
    step(page, "approval")
    look.press("Hand in for approval", "approval, handed in")


def test_people_are_counted_while_they_are_chosen(open_page, statement):
    page = open_page("/console/")
    sign_in(page)
    begin(page, statement)
    said = page.get_by_role("status").filter(has=page.locator("[data-audience-people]"))
    expect(said).to_contain_text("23 people")
    expect(page.get_by_role("button", name="Count again")).to_be_hidden()
    page.get_by_label("Events").first.uncheck()
    expect(said).to_contain_text("20 people")
    expect(said).to_contain_text("People who confirmed Statements")
    page.get_by_label("Statements").first.uncheck()
    expect(said).to_contain_text("Choose at least one topic.")
    assert "audience" in page.url
    assert faults(page) == []
