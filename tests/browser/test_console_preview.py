"""The real mail beside what is being written, in a real browser: live with scripts, by a button without."""

import pytest
from playwright.sync_api import Page, expect

from app.models import Statement, Translation
from tests.browser.newsroom import faults, sign_in, write

FRENCH = {"title": "Une porte pour chacun", "body": "Quarante bibliothèques."}
LONG = "\n\n".join(f"Paragraph {number} of a long statement about ramps." for number in range(80))


@pytest.fixture
def editor(open_page, newsroom):
    """Somebody who edits a statement, the mail beside it."""
    page = open_page("/console/")
    sign_in(page)
    write(page)
    page.goto("/console/statements/1/edit")
    yield page
    assert faults(page) == []


def mail(page: Page):
    return page.frame_locator("iframe[name=mail-preview]")


def test_the_mail_follows_the_typing_and_looks_as_it_does_in_an_inbox(editor):
    editor.fill("#title", "Ramps for all")
    expect(mail(editor).locator("h1")).to_have_text("Ramps for all")
    assert mail(editor).locator("h1").evaluate("h => getComputedStyle(h).fontWeight") == "700"
    assert mail(editor).locator(".sheet").evaluate("s => getComputedStyle(s).backgroundColor") == "rgb(255, 255, 255)"
    expect(editor.locator("[data-preview-about]")).to_contain_text("Ramps for all")


def test_the_reader_stays_where_they_were_in_the_mail(editor):
    editor.fill("#body", LONG)
    expect(mail(editor).get_by_text("Paragraph 79")).to_be_attached()
    frame = editor.frame(name="mail-preview")
    editor.evaluate("frames['mail-preview'].scrollTo(0, 900)")
    editor.fill("#standfirst", "Changed while reading")
    expect(mail(editor).get_by_text("Changed while reading").last).to_be_attached()
    assert editor.evaluate("frames['mail-preview'].scrollY") == 900
    assert frame is not None


def test_each_look_shows_in_the_frame(editor):
    editor.check("#preview-telephone")
    assert editor.locator("iframe[name=mail-preview]").bounding_box()["width"] == 360
    editor.check("#preview-dark")
    sheet = mail(editor).locator(".sheet")
    expect(sheet).to_have_css("background-color", "rgb(26, 29, 33)")
    editor.check("#preview-text")
    expect(mail(editor).locator("pre")).to_contain_text("Media contact")
    editor.check("#preview-source")
    expect(mail(editor).locator("pre")).to_contain_text("List-Unsubscribe-Post")


def test_a_dark_screen_does_not_darken_the_light_look(open_page, newsroom):
    page = open_page("/console/", color_scheme="dark")
    sign_in(page)
    write(page)
    page.goto("/console/statements/1/edit")
    expect(mail(page).locator(".sheet")).to_have_css("background-color", "rgb(255, 255, 255)")


def test_a_half_typed_merge_field_leaves_the_mail_as_it_was(editor):
    expect(mail(editor).locator("h1")).to_have_text("Every door should open for everybody")
    editor.fill("#body", "Dear {{ first_na")
    expect(editor.locator("[data-preview-about]")).to_contain_text("is not closed")
    expect(mail(editor).locator("h1")).to_have_text("Every door should open for everybody")


def test_enter_in_the_field_for_a_reader_shows_their_mail_and_saves_nothing(editor, newsroom):
    editor.fill("#title", "Not saved")
    editor.fill("#preview_reader", "reader3@")
    editor.press("#preview_reader", "Enter")
    expect(editor.locator("[data-preview-about]")).to_contain_text("reader3@example.org")
    expect(editor.locator("[data-preview-said]")).to_have_text("The preview is up to date.")
    newsroom.rollback()
    assert newsroom.get(Statement, 1).title == "Every door should open for everybody"


def test_without_scripts_a_button_shows_what_is_typed_and_nothing_is_lost(open_page, newsroom):
    page = open_page("/console/", java_script_enabled=False)
    sign_in(page)
    write(page)
    page.goto("/console/statements/1/edit")
    page.fill("#title", "Typed without scripts")
    page.check("#preview-dark")
    page.get_by_role("button", name="Show preview").click()
    expect(mail(page).locator("h1")).to_have_text("Typed without scripts")
    expect(mail(page).locator(".sheet")).to_have_css("background-color", "rgb(26, 29, 33)")
    assert page.input_value("#title") == "Typed without scripts"


def test_a_statement_is_shown_in_each_of_its_languages(editor, newsroom):
    newsroom.rollback()
    statement = newsroom.get(Statement, 1)
    statement.translations.append(Translation(language="fr", **FRENCH))
    newsroom.commit()
    editor.goto("/console/statements/1")
    editor.select_option("#preview_language", "fr")
    expect(mail(editor).locator("h1")).to_have_text(FRENCH["title"])
    expect(editor.locator("[data-preview-about] dd").first).to_have_text(FRENCH["title"])
