"""Writing with scripts: buttons and keys for Markdown, pasting, pictures, and what is kept without anybody saving."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from app.models import Autosave, Statement
from app.services import access
from tests.browser.newsroom import faults, press, sign_in, write
from tests.flows.newsroom import a_picture, count, only
from tests.flows.press_office import STATEMENT

PASTE = """([field, html, plain]) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  data.setData("text/plain", plain);
  document.querySelector(field).focus();
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  document.querySelector(field).dispatchEvent(event);
}"""
PICTURE = re.compile(r'<img src="[^"]+/images/[0-9a-f-]+" alt="A teal door" width="40" height="30">')


@pytest.fixture
def page(open_page, newsroom):
    """A signed-in author at the form of a new statement."""
    page = open_page("/console/")
    sign_in(page)
    page.goto("/console/statements/new")
    yield page
    assert faults(page) == []


def body(page) -> str:
    return page.locator("#body").input_value()


def test_buttons_and_keys_write_markdown(page):
    page.locator("#body").fill("Nine of forty")
    page.locator("#body").evaluate("field => field.setSelectionRange(0, 4)")
    page.get_by_role("button", name="Bold").click()
    assert body(page) == "**Nine** of forty"
    page.locator("#body").evaluate("field => field.setSelectionRange(12, 17)")
    page.keyboard.press("Control+i")
    assert body(page) == "**Nine** of *forty*"
    page.keyboard.press("Control+z")
    assert body(page) == "**Nine** of forty"
    page.get_by_role("button", name="Heading").click()
    assert body(page) == "## **Nine** of forty"
    page.keyboard.press("End")
    page.get_by_role("button", name="Reader’s name").click()
    page.keyboard.type("you")
    assert body(page).endswith("{{ first_name | you }}")


def test_the_bar_is_one_stop_and_its_buttons_are_reached_by_arrows(page):
    page.locator("#easy_summary").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Bold")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Italic")).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("button", name="Reader’s name")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#body")).to_be_focused()


def test_pasted_formatting_becomes_markdown(page):
    html = (
        "<h1>What we ask</h1><p class=MsoNormal><b>Ramps</b> at <a href='https://example.org/'>all</a></p><img src=x>"
    )
    page.evaluate(PASTE, ["#body", html, "What we ask Ramps at all"])
    expect(page.locator("#body")).to_have_value("## What we ask\n\n**Ramps** at [all](https://example.org/)")
    expect(page.locator("[data-said=body]")).to_contain_text("Pasted as Markdown. Pictures are not taken")


def test_what_can_not_be_converted_is_pasted_as_plain_text(page):
    page.route("**/paste/markdown", lambda route: route.abort())
    page.evaluate(PASTE, ["#body", "<p>Words</p>", "Words"])
    expect(page.locator("#body")).to_have_value("Words")
    expect(page.locator("[data-said=body]")).to_contain_text("without it")
    page.complaints.clear()


def test_a_whole_page_is_pasted_with_its_structure(page):
    page.goto("/console/statements/paste")
    html = "<html lang=en><main><h1>Ramps for all</h1><p>24 November 2026</p><ul><li>one</li></ul></main></html>"
    page.evaluate(PASTE, ["#source", html, "Ramps for all"])
    press(page, "Read it")
    assert page.locator("#title").input_value() == "Ramps for all"
    assert body(page) == "- one"


def test_a_picture_is_described_and_put_into_the_text(page):
    page.get_by_role("button", name="Image", exact=True).click()
    box = page.get_by_role("dialog", name="An image in the text")
    box.get_by_label("Image").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": a_picture()})
    box.get_by_role("button", name="Put it in").click()
    expect(box.get_by_role("alert")).to_contain_text("Describe what the image shows")
    box.get_by_label("Description").fill("A teal door")
    box.get_by_role("button", name="Put it in").click()
    expect(box).to_be_hidden()
    expect(page.locator("#body")).to_have_value(PICTURE)
    expect(page.locator("#body")).to_be_focused()


def test_what_is_typed_is_kept_and_offered_again(page, newsroom):
    page.fill("#title", "Half a title")
    page.locator("#body").press_sequentially("Half a text")
    expect(page.locator("[data-kept]")).to_contain_text("Kept at", timeout=10_000)
    page.goto("/console/statements/new")
    assert page.locator("#title").input_value() == ""
    page.get_by_role("link", name="Go on with what you typed").click()
    assert (page.locator("#title").input_value(), body(page)) == ("Half a title", "Half a text")
    page.check("[name=topics]")
    press(page, "Save and look at the mail")
    assert only(newsroom, Statement).title == "Half a title"
    assert count(newsroom, Autosave) == 0
    page.goto("/console/statements/new")
    expect(page.locator("[data-local]")).to_be_hidden()


def test_what_is_saved_before_it_was_kept_is_not_offered_again(page, newsroom):
    write(page)
    page.wait_for_timeout(500)
    assert count(newsroom, Autosave) == 0


def test_a_form_that_comes_back_with_a_mistake_does_not_offer_what_it_shows(page, newsroom):
    page.fill("#standfirst", "Typed, and sent without a title")
    page.check("[name=topics]")
    page.locator("#image").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": a_picture()})
    press(page, "Save and look at the mail")
    expect(page.get_by_role("alert").first).to_contain_text("Give the statement a title")
    expect(page.locator("[data-kept]")).to_contain_text("Kept at", timeout=10_000)
    expect(page.locator("[data-local]")).to_be_hidden()
    page.goto("/console/statements/new")
    page.get_by_role("link", name="Go on with what you typed").click()
    assert page.locator("#standfirst").input_value() == "Typed, and sent without a title"


def test_discarding_what_was_typed_earlier_keeps_what_was_typed_now(page, newsroom):
    page.fill("#title", "Earlier")
    expect(page.locator("[data-kept]")).to_contain_text("Kept at", timeout=10_000)
    page.goto("/console/statements/new")
    page.fill("#title", "Now")
    press(page, "Discard it")
    assert page.locator("#title").input_value() == "Now"
    expect(page.get_by_text("You typed something here")).to_be_hidden()
    expect(page.locator("[data-local]")).to_be_hidden()
    expect(page.locator("[data-kept]")).to_contain_text("Kept at", timeout=10_000)


def test_what_this_browser_kept_is_not_saved_over_a_colleagues_words(page, newsroom):
    write(page)
    page.goto("/console/statements/1/edit")
    page.route("**/statements/unsaved", lambda route: route.abort())
    page.fill("#title", "Mine, written on a train")
    newsroom.execute(text("UPDATE statements SET title = 'Theirs', version = 2"))
    newsroom.commit()
    page.goto("/console/statements/1/edit")
    page.get_by_role("button", name="Put it back").click()
    press(page, "Save and look at the mail")
    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody else saved this statement")
    assert only(newsroom, Statement).title == "Theirs"
    page.complaints.clear()


def test_where_the_server_is_away_this_browser_keeps_it(page, newsroom):
    page.route("**/statements/unsaved", lambda route: route.abort())
    page.fill("#title", "Written on a train")
    expect(page.locator("[data-kept]")).to_contain_text("This browser keeps a copy", timeout=10_000)
    page.unroute("**/statements/unsaved")
    page.goto("/console/statements/new")
    page.get_by_role("button", name="Put it back").click()
    assert page.locator("#title").input_value() == "Written on a train"
    page.complaints.clear()


def test_after_signing_in_elsewhere_the_page_goes_on_keeping(page, newsroom):
    page.fill("#title", "Before")
    expect(page.locator("[data-kept]")).to_contain_text("Kept at", timeout=10_000)
    newsroom.execute(text("DELETE FROM staff_sessions"))
    newsroom.commit()
    page.fill("#title", "While signed out")
    expect(page.locator("[data-kept]")).to_contain_text("You are signed out", timeout=10_000)
    other = page.context.new_page()
    other.goto("/console/sign-in")
    sign_in(other)
    page.fill("#title", "Signed in again")
    expect(page.locator("[data-kept]")).to_contain_text("Kept at", timeout=10_000)
    for name, value in STATEMENT.items():
        if name != "topics":
            page.fill(f"#{name}", str(value))
    page.check("[name=topics]")
    press(page, "Save and look at the mail")
    assert only(newsroom, Statement).title == STATEMENT["title"]
    page.complaints.clear()


def test_colleagues_learn_of_each_other_while_they_write(page, newsroom, open_page):
    access.add_staff(newsroom, "ben@opendoors.example", "Ben Osei", "another password, long enough")
    newsroom.commit()
    write(page)
    edit = f"{page.url}/edit"
    ben = open_page("/console/")
    sign_in(ben, "ben@opendoors.example", "another password, long enough")
    with ben.expect_response("**/statements/unsaved"):
        ben.goto(edit)
    page.goto(edit)
    expect(page.locator("[data-others]")).to_contain_text("Ben Osei is editing this since")


def test_every_page_of_a_statements_life_is_legible_and_fits(look, newsroom):
    page = look.page
    sign_in(page)
    write(page)
    press(page, "Publish")
    look.at("published, with its mail")
    statement = page.url
    page.goto(f"{statement}/edit")
    page.locator("details").first.locator("summary").click()
    look.at("correcting")
    page.fill("#title", "Every door must open for everybody")
    page.check("[name=correcting][value=correct]")
    look.press("Save and look at the mail", "correction refused")
    page.fill("#correction", "It must, not should.")
    press(page, "Save and look at the mail")
    look.go(f"{statement}/versions")
    look.go(f"{statement}/versions/3")
    look.go(f"{statement}/languages")
    look.press("Go on", "language refused")
    look.go(f"{statement}/languages/ar/edit")
    page.fill("#title", "يجب أن يفتح كل باب")
    press(page, "Save العربية")
    look.go(f"{statement}/languages/ar/remove")
    look.go(f"{statement}/withdraw")
    look.go("/console/statements/paste")
    look.press("Read it", "paste refused")
    look.go("/console/images/new")
    look.go("/console/statements?words=nothing")
    assert faults(page) == []
