"""Merge fields as staff meet them: what may be written, what the mail looks like, what is refused before sending."""

from app.models import Campaign, Statement
from tests.flows.newsroom import count, only, publish


def test_the_editor_says_how_and_the_preview_shows_the_mail_of_a_reader_without_a_name(office, newsroom):
    assert "{{ first_name | friend }} becomes each reader's first name" in office.open("/console/statements/new").text
    page = office.write(title="{{ first_name | You }} can vote", body="Dear {{ first_name | friend }}, hello.")
    assert page.title.startswith("You can vote")
    assert "It holds merge fields" in page.text
    assert "Dear friend, hello." in page.text
    assert "{{" not in page.text
    assert "stops this mail" not in page.text
    assert only(newsroom, Statement).title == "{{ first_name | You }} can vote"


def test_a_mistake_in_a_merge_field_is_named_and_nothing_is_lost(office, newsroom):
    page = office.write(body="Dear {{ first_nam }},\n\nhello.")
    assert page.status == 400
    assert "Line 1: “{{ first_nam }}” is no merge field. Did you mean {{ first_name }}?" in page.html.get_text()
    assert page.value("body") == "Dear {{ first_nam }},\n\nhello."
    assert count(newsroom, Statement) == 0


def test_a_subject_with_a_broken_merge_field_sends_nothing(office, newsroom):
    publish(office)
    page = office.open("/console/statements/1/send").press("Send to 3 people", subject="Hello {{ nam }}")
    assert page.status == 400
    assert "“{{ nam }}” is no merge field." in page.html.get_text()
    assert count(newsroom, Campaign) == 0
    page = office.open("/console/statements/1/send").press("Send to 3 people", subject="Hello {{ first_name | all }}")
    assert "Sending has begun." in page.text
    assert page.title.startswith("Sending: Hello all")
