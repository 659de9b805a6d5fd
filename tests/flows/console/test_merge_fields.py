"""Merge fields as staff meet them: what may be written, what the mail looks like, what is refused before sending."""

from app.models import Statement
from tests.flows.newsroom import begin, count, only, publish, step


def test_the_editor_says_how_and_the_preview_shows_the_mail_of_a_reader_without_a_name(office, newsroom):
    assert "{{ first_name | friend }} becomes each reader’s first name" in office.open("/console/statements/new").text
    page = office.write(title="{{ first_name | You }} can vote", body="Dear {{ first_name | friend }}, hello.")
    assert page.title.startswith("You can vote")
    assert "It holds merge fields" in page.text
    mail = office.open(page.html.select_one("iframe")["src"])
    assert "Dear friend" in mail.text
    assert "{{" not in mail.text
    assert "stops this mail" not in page.text
    assert only(newsroom, Statement).title == "{{ first_name | You }} can vote"


def test_a_mistake_in_a_merge_field_is_named_and_nothing_is_lost(office, newsroom):
    page = office.write(body="Dear {{ first_nam }},\n\nhello.")
    assert page.status == 400
    assert "Line 1: “{{ first_nam }}” is no merge field. Did you mean {{ first_name }}?" in page.html.get_text()
    assert page.value("body") == "Dear {{ first_nam }},\n\nhello."
    assert count(newsroom, Statement) == 0


def test_a_subject_may_hold_merge_fields_with_a_fallback(office, newsroom):
    publish(office)
    begun = begin(office)
    step(office, begun, "words").press("Save and go on", subject="Hello {{ first_name | all }}")
    page = step(office, begun, "send")
    assert "Hello all" in page.text
    assert "{{" not in page.text
