"""The console in a real browser: legible in light and dark, on a telephone, by keyboard, without scripts."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREENS
from tests.browser.newsroom import Look, faults, finish, freeze_audience, hand_over, press, ready, sign_in, write
from tests.flows.press_office import ADDRESS, PASSWORD, STATEMENT


@pytest.fixture(params=SCREENS)
def look(request, open_page, violations, newsroom):
    page = open_page("/console/", **SCREENS[request.param], reduced_motion="reduce")
    yield Look(page, violations, request.param)
    assert faults(page) == []


def test_every_page_of_writing_is_legible_and_fits(look):
    page = look.page
    look.at("sign in")
    page.fill("#email", ADDRESS)
    look.press("Sign in", "sign in, refused")
    sign_in(page)
    for path in ("", "statements", "campaigns", "statements/99"):
        look.go(f"/console/{path}")
    look.go("/console/statements/import")
    look.press("Read the file", "import, refused")
    look.go("/console/statements/new")
    look.press("Save and look at the mail", "new, refused")
    write(page)
    look.at("statement")
    look.go(f"{page.url}/edit")
    other = page.context.new_page()
    other.goto(page.url)
    other.fill("#title", "Their title")
    press(other, "Save and look at the mail")
    page.fill("#title", "My title")
    look.press("Save and look at the mail", "conflict")


def test_every_page_of_sending_is_legible_and_fits(look, newsroom):
    page = look.page
    sign_in(page)
    write(page)
    look.press("Publish", "published")
    statement = page.url
    ready(page, statement)
    press(page, "Approve and send to 20 people")
    freeze_audience(newsroom)
    hand_over(newsroom, 8)
    page.reload()
    look.at("under way")
    campaign = page.url
    look.go(f"{campaign}/cancel")
    look.go("/console/")
    hand_over(newsroom, 12, "failed")
    finish(newsroom)
    page.goto(campaign)
    look.at("report")
    look.go("/console/campaigns")
    page.goto(f"{statement}/send")
    look.press("Go on", "sent before")


def test_after_a_mistake_the_focus_is_on_what_is_wrong(open_page, newsroom):
    page = open_page("/console/")
    sign_in(page)
    write(page, title="", contact_email="nobody")
    expect(page.locator(".error-summary")).to_be_focused()
    assert page.title().startswith("Error: ")
    page.get_by_role("link", name="Give the statement a title.").click()
    expect(page.locator("#title")).to_be_focused()
    assert page.locator("#body").input_value() == STATEMENT["body"]


def tab_to(page, words):
    """Press Tab until the focus is on what is called so."""
    for _ in range(60):
        page.keyboard.press("Tab")
        name = page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()")
        if name.startswith(words):
            return
    raise AssertionError(f"{words} can't be reached with the Tab key")


def press_enter(page):
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_statement_is_written_and_sent_with_the_keyboard_alone(open_page, newsroom):
    page = open_page("/console/")
    for label, words in {"Email address": ADDRESS, "Password": PASSWORD}.items():
        tab_to(page, label)
        page.keyboard.type(words)
    press_enter(page)
    tab_to(page, "Write your first statement")
    press_enter(page)
    for label, words in {"Title": "Ramps for all", "Standfirst": "Nine of forty.", "Text": "A ramp at each."}.items():
        tab_to(page, label)
        page.keyboard.type(words)
    tab_to(page, "Save and look at the mail")
    press_enter(page)
    tab_to(page, "Publish")
    press_enter(page)
    tab_to(page, "Send…")
    press_enter(page)
    tab_to(page, "Begin")
    press_enter(page)
    tab_to(page, "Save and go on")
    press_enter(page)
    tab_to(page, "Subject")
    page.keyboard.press("End")
    page.keyboard.type(", now")
    press_enter(page)
    while page.get_by_role("button", name="I have read this").count():
        tab_to(page, "I have read this")
        press_enter(page)
    tab_to(page, "Go on to the test")
    press_enter(page)
    tab_to(page, "Go on to the approval")
    press_enter(page)
    tab_to(page, "Approve it myself")
    press_enter(page)
    tab_to(page, "Send to 20 people")
    press_enter(page)
    expect(page.locator("h1")).to_have_text("Ramps for all, now")


def test_progress_moves_without_a_reload_and_is_said_at_its_steps_only(open_page, newsroom):
    page = open_page("/console/")
    sign_in(page)
    write(page)
    press(page, "Publish")
    ready(page, page.url)
    press(page, "Approve and send to 20 people")
    said = page.locator("[data-said]")
    expect(page.locator("[data-words]")).to_have_text("The list of people is being drawn up.")
    expect(page.get_by_role("link", name="Refresh this page")).to_be_hidden()
    freeze_audience(newsroom)
    expect(page.locator("[data-words]")).to_have_text("0 of 20 done")
    hand_over(newsroom, 2)
    expect(page.locator("[data-words]")).to_have_text("2 of 20 done")
    expect(said).to_have_text("0 of 20 done")
    hand_over(newsroom, 6)
    expect(said).to_have_text("8 of 20 done")
    assert page.locator("progress").evaluate("bar => bar.value") == 40
    hand_over(newsroom, 12, "failed")
    finish(newsroom)
    expect(page.get_by_role("heading", name="Report")).to_be_visible()
    expect(said).to_have_text("Finished. 20 of 20 done")
    expect(page.get_by_text("550 no such user")).to_be_visible()
    assert page.title().startswith("Finished: ")
    assert page.get_by_role("button", name="Pause").count() == 0
    assert faults(page) == []


def test_without_scripts_everything_works_and_a_link_refreshes(open_page, newsroom):
    page = open_page("/console/", java_script_enabled=False)
    sign_in(page)
    write(page)
    press(page, "Publish")
    ready(page, page.url)
    press(page, "Approve and send to 20 people")
    freeze_audience(newsroom)
    hand_over(newsroom, 8)
    with page.expect_navigation():
        page.get_by_role("link", name="Refresh this page").click()
    expect(page.locator("[data-words]")).to_have_text("8 of 20 done")
    press(page, "Pause")
    expect(page.get_by_text("Sending is paused.")).to_be_visible()


def test_the_preview_shows_the_mail_and_runs_nothing(open_page, newsroom):
    page = open_page("/console/")
    sign_in(page)
    write(page, title="Ramps <b>for</b> all", body="<script>document.title = 'run'</script>\n\nA ramp.")
    expect(page.frame_locator("iframe").locator("h1")).to_have_text("Ramps <b>for</b> all")
    assert page.title().startswith("Ramps <b>for</b> all")
    assert faults(page) == []
