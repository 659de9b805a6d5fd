"""A list of subscribers in a real browser: the page follows the worker by itself, and nobody loses their place."""

from playwright.sync_api import expect

from app.models import SubscriberImport
from tests.browser.newsroom import press, sign_in
from tests.flows.newsroom import only
from tests.integration.importing import work

PEOPLE = b"email;name\nana@example.org;Ana Lima\nno address;\n"


def test_a_list_is_followed_without_a_reload_from_the_file_to_the_last_person(look, newsroom, settings):
    page = look.page
    sign_in(page)
    page.goto("/console/subscribers/imports/new")
    page.set_input_files("#file", {"name": "people.csv", "mimeType": "text/csv", "buffer": PEOPLE})
    page.fill("#source", "our list at Mailchimp")
    page.fill("#date", "2024-05-31")
    page.fill("#basis", "ticked the box on our website")
    page.check("[name=topics]")
    press(page, "Read the list")
    page.evaluate("window.isTheSame = true")
    for waits, button in (("Waiting for your decision", "Add 1 person"), ("Applied", "")):
        newsroom.rollback()
        work(newsroom, settings, only(newsroom, SubscriberImport))
        newsroom.commit()
        expect(page.locator("#live .badge")).to_have_text(waits)
        assert page.evaluate("window.isTheSame")
        expect(page.locator("[data-said]")).to_contain_text(waits)
        if button:
            press(page, button)
            page.evaluate("window.isTheSame = true")
    expect(page.locator("[data-words]")).to_have_text("One person was added. Nobody was written to.")
    assert page.complaints == []
