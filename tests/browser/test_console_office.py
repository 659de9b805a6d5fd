"""Settings, topics and the audit log in a real browser: legible in light and dark, on a telephone, refused or not."""

from sqlalchemy import update

from app.models import Role, StaffMember
from tests.browser.newsroom import press, sign_in


def test_settings_topics_and_the_audit_log_are_legible_and_fit(look):
    page = look.page
    sign_in(page)
    page.goto("/console/settings")
    page.fill("#confirm_above", "many")
    page.fill("#reply_to", "nobody@nowhere@nothing")
    look.press("Save settings", "settings, refused")
    page.fill("#confirm_above", "500")
    page.fill("#reply_to", "")
    page.check("#four_eyes")
    press(page, "Save settings")
    page.click("text=Show these settings")
    look.at("settings, all shown")
    page.goto("/console/topics/new")
    look.press("Save the topic", "topic, refused")
    page.fill("#name", "Freedom of the press, and whatever belongs to it")
    page.fill("#description", "Once a month.")
    page.fill("#slug", "press-freedom")
    press(page, "Save the topic")
    page.goto("/console/audit?action=settings.change")
    assert page.locator("tbody tr").count() == 2
    page.goto("/console/audit?thing=nothing+like+that")
    assert "Nothing like that" in page.content()
    page.goto("/console/audit?since=2026-13-99&check=all")
    look.at("audit, refused")


def test_who_may_not_open_a_page_reads_who_can_help(look, newsroom):
    sign_in(look.page)
    newsroom.execute(update(StaffMember).values(role=Role.AUTHOR))
    newsroom.commit()
    look.go("/console/settings")
    assert "Your role is Author" in look.page.content()


def test_the_settings_can_be_saved_by_keyboard_alone_without_scripts(open_page, newsroom):
    page = open_page("/console/", java_script_enabled=False)
    sign_in(page)
    page.goto("/console/settings")
    page.focus("#four_eyes")
    page.keyboard.press("Space")
    with page.expect_navigation():
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    assert "1 setting is changed." in page.content()
    assert page.is_checked("#four_eyes")
