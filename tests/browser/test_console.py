"""The console in a real browser: what it refuses, how it follows what goes on, and what works without scripts."""

from playwright.sync_api import expect

from tests.browser.newsroom import faults, finish, freeze_audience, hand_over, press, ready, sign_in, write
from tests.flows.press_office import ADDRESS, STATEMENT


def test_every_page_that_refuses_what_was_written_is_legible_and_fits(look, newsroom):
    page = look.page
    page.fill("#email", ADDRESS)
    look.press("Sign in", "sign in, refused")
    sign_in(page)
    look.go("/console/statements/99")
    page.goto("/console/statements/import")
    look.press("Read the file", "import, refused")
    page.goto("/console/statements/new")
    look.press("Save and look at the mail", "new, refused")
    write(page)
    page.goto(f"{page.url}/edit")
    other = page.context.new_page()
    other.goto(page.url)
    other.fill("#title", "Their title")
    press(other, "Save and look at the mail")
    page.fill("#title", "My title")
    look.press("Save and look at the mail", "conflict")


def test_the_page_that_asks_who_shall_get_it_now_is_legible_when_nobody_is_chosen(look, newsroom):
    page = look.page
    sign_in(page)
    write(page)
    press(page, "Publish")
    statement = page.url
    ready(page, statement)
    press(page, "Approve and send to 20 people")
    freeze_audience(newsroom)
    hand_over(newsroom, 20)
    finish(newsroom)
    page.goto(f"{statement}/send")
    look.press("Go on", "sent before, refused")


def test_after_a_mistake_the_focus_is_on_what_is_wrong(open_page, newsroom):
    page = open_page("/console/")
    sign_in(page)
    write(page, title="", contact_email="nobody")
    expect(page.locator(".error-summary")).to_be_focused()
    assert page.title().startswith("Error: ")
    page.get_by_role("link", name="Give the statement a title.").click()
    expect(page.locator("#title")).to_be_focused()
    assert page.locator("#body").input_value() == STATEMENT["body"]


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
