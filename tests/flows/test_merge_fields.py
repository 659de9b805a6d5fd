"""Names, from the page on which readers give them to the mails and pages in which they stand, or don't."""

import pytest
from bs4 import BeautifulSoup

from app.models import Statement
from app.services import notices
from app.services.notices import Notice
from tests.flows.newsletter import Newsletter

ANA = "ana@example.org"
TITLE = "{{ first_name | Everybody }}, ramps first"
BODY = "Dear {{ first_name | reader }},\n\nwrite \\{{ so {{ last_name }}. [Read on](https://example.org/)"


@pytest.fixture
def reader(newsletter: Newsletter) -> Newsletter:
    """Ana, who confirmed two topics."""
    newsletter.offer("statements", "education")
    newsletter.join(ANA, "statements", "education")
    return newsletter


def test_a_reader_says_what_to_call_them_and_changes_their_mind(reader):
    link = reader.preferences_link(ANA)
    page = BeautifulSoup(reader.open(link).text, "lxml")
    assert page.find("legend", string="What may we call you? (optional)")
    assert page.select_one("#first_name")["autocomplete"] == "given-name"
    saved = reader.press(link, topic=["statements", "education"], first_name=" Zoë\t", last_name="Nguyễn")
    assert "Saved" in saved.text
    assert BeautifulSoup(saved.text, "lxml").select_one("#first_name")["value"] == "Zoë"
    assert (reader.subscriber(ANA).first_name, reader.subscriber(ANA).last_name) == ("Zoë", "Nguyễn")
    reader.press(link, topic=["statements", "education"], first_name="", last_name="")
    reader.session.rollback()
    assert (reader.subscriber(ANA).first_name, reader.subscriber(ANA).last_name) == ("", "")


def test_a_form_that_does_not_ask_for_names_leaves_them(reader):
    link = reader.preferences_link(ANA)
    reader.press(link, topic=["statements"], first_name="Ana")
    reader.press(link, topic=["statements", "education"])
    reader.session.rollback()
    assert reader.subscriber(ANA).first_name == "Ana"


def test_a_name_that_is_a_web_address_is_refused_and_nothing_is_lost(reader):
    link = reader.preferences_link(ANA)
    answer = reader.press(link, topic=["education"], first_name="Win at https://evil.example", last_name="Nguyễn")
    page = BeautifulSoup(answer.text, "lxml")
    assert answer.status_code == 400
    assert page.select_one(".error-summary a")["href"] == "#first_name"
    assert page.select_one("#first_name")["aria-describedby"] == "first_name-error"
    assert page.select_one("#last_name")["value"] == "Nguyễn"
    reader.session.rollback()
    assert reader.subscriber(ANA).first_name == ""


def test_no_name_stands_in_an_automatic_mail(reader):
    reader.press(reader.preferences_link(ANA), topic=["statements"], first_name="Zaphod", last_name="Beeblebrox")
    reader.sign_up(ANA, "statements", "education")
    session = reader.session
    for row in reader.mails(ANA):
        person = reader.subscriber(ANA)
        _, raw = notices.write(
            session,
            reader.installation.press,
            Notice(row.id, row.kind, person.id, row.consent_event_id, row.message_key.hex, row.created_at,
                   _address(person), "en"),
        )  # fmt: skip
        assert b"Zaphod" not in raw
        assert b"Beeblebrox" not in raw


def _address(person):
    from app.mail.address import EmailAddress

    return EmailAddress(person.address, person.local, person.domain)


def test_on_the_web_the_fallback_stands_for_everybody(newsletter):
    newsletter.offer("statements")
    made = newsletter.publish(TITLE, body=BODY, standfirst="Now, {{ last_name }}.")
    assert made.slug == "everybody-ramps-first"
    for path in ("/", "/statements", "/statements/everybody-ramps-first", "/feed.atom", "/feed.json"):
        shown = newsletter.get(path).text
        assert "Everybody, ramps first" in shown, path
        assert "Now, " not in shown, path
        assert "first_name" not in shown, path
        assert "\ue000" not in shown, path
    page = newsletter.get("/statements/everybody-ramps-first").text
    assert "Dear reader," in page
    assert "write {{ so." in page


def test_a_broken_merge_field_is_refused_when_the_statement_is_saved(newsletter):
    from app.errors import Invalid

    newsletter.offer("statements")
    with pytest.raises(Invalid) as refused:
        newsletter.publish("Hello {{ first_nam }}", body="One\n\n{{ name }}\n\n[x](https://x.example/{{ email }})",
                           standfirst="{{")  # fmt: skip
    said = [(problem.field, problem.message) for problem in refused.value.problems]
    assert [field for field, _ in said] == ["title", "standfirst", "body", "body"]
    assert "Did you mean {{ first_name }}?" in said[0][1]
    assert said[2][1].startswith("Line 3: “{{ name }}” is no merge field.")
    assert said[3][1].startswith("Line 5: A merge field can't stand in a web address")
    newsletter.session.rollback()
    assert newsletter.session.query(Statement).count() == 0
    with pytest.raises(Invalid, match="it would be empty"):
        newsletter.publish("{{ first_name }}")
