"""A list of subscribers brought in by staff at a browser: chosen, looked at, applied, taken back."""

import io

import pytest
from sqlalchemy import select

from app.models import AuditEntry, ImportState, Subscriber, SubscriberImport
from app.services.imports import course, looking
from tests.flows.newsroom import count, only
from tests.flows.press_office import upload
from tests.integration.importing import work

TYPED = {
    "reader": "csv",
    "source": "our list at Mailchimp",
    "date": "2024-05-31",
    "basis": "ticked the box on our website",
    "topics": ["statements"],
    "language": "en",
}
PEOPLE = "email,name\nana@example.org,Ana Lima\nreader0@example.org,\nno address,\n"


@pytest.fixture
def chosen(office):
    """The form filled in and sent."""

    def choose(content: str | bytes = PEOPLE, **changes):
        raw = content.encode() if isinstance(content, str) else content
        typed = {**TYPED, "file": upload(raw, "people.csv"), **changes}
        return office.open("/console/subscribers/imports/new").press("Read the list", **typed)

    return choose


@pytest.fixture
def go_on(newsroom, settings):
    """The worker."""

    def step():
        newsroom.rollback()
        work(newsroom, settings, only(newsroom, SubscriberImport))
        newsroom.commit()

    return step


def test_a_list_is_read_shown_applied_and_taken_back(office, newsroom, chosen, go_on):
    page = chosen()
    assert "Reading begins in a moment" in page.text
    go_on()
    page = office.open(page.path)
    assert "Waiting for your decision" in page.text
    for words in (
        "Would be added : 1",
        "Here already : 1",
        "Refused : 1",
        "ana@example.org",
        "4 no address The @ sign",
    ):
        assert words in page.text
    assert count(newsroom, Subscriber) == 4
    page = page.press("Add 1 person")
    go_on()
    page = office.open(page.path)
    assert "One person was added. Nobody was written to." in page.text
    assert count(newsroom, Subscriber) == 5
    page = office.open(page.link("Take it back")).press("Take it back")
    go_on()
    assert "1 of 1 people were taken back" in office.open(page.path).text
    assert list(newsroom.scalars(select(Subscriber.address).where(Subscriber.address.like("ana@%")))) == []
    kinds = newsroom.scalars(
        select(AuditEntry.action).where(AuditEntry.action.like("import.%")).order_by(AuditEntry.id)
    )
    assert list(kinds) == ["import.begin", "import.apply", "import.undo"]
    assert "Taken back" in office.open("/console/subscribers/imports").text


def test_what_is_missing_is_said_all_at_once_and_what_was_typed_stays(office, newsroom, chosen):
    page = chosen(file=(io.BytesIO(), ""), topics=[], date="2999-01-01", basis=" ")
    assert page.status == 400
    assert [link["href"] for link in page.html.select(".error-summary a")] == ["#file", "#date", "#basis", "#topics"]
    assert page.value("source") == "our list at Mailchimp"
    page = chosen(b"PK\x03\x04 [Content_Types].xml")
    assert "This is a spreadsheet. Save it as CSV" in page.text
    assert count(newsroom, SubscriberImport) == 0


def test_a_list_larger_than_any_other_form_is_taken(chosen, newsroom):
    page = chosen("email,name\n" + "".join(f"r{number}@example.org,{'x' * 60}\n" for number in range(180_000)))
    assert page.status == 200
    assert only(newsroom, SubscriberImport).octets > 12_000_000


def test_a_file_that_cannot_be_read_says_the_line_and_what_to_do(office, chosen, go_on):
    page = chosen("Name\nAna\n")
    go_on()
    page = office.open(page.path)
    assert "Could not be read" in page.text
    assert "Line 1: No column is called “email”. The first line says: “Name”." in page.text
    assert office.open(page.link("Choose another file")).status == 200


def test_the_page_tells_its_script_how_far_it_is(office, chosen, go_on):
    page = chosen()
    assert page.html.select_one("#live")["data-progress"] == f"{page.path}/progress"
    now = office.client.get(f"{page.path}/progress").get_json()
    assert (now["state"], now["percent"], now["numbers"]["added"]) == ("uploaded", 0, "0")
    go_on()
    now = office.client.get(f"{page.path}/progress").get_json()
    assert (now["state"], now["percent"], now["numbers"]) == (
        "ready",
        0,
        {"added": "1", "unchanged": "1", "refused": "1"},
    )


def test_reading_is_stopped_and_a_list_is_put_aside(office, newsroom, chosen):
    path = chosen().path
    page = office.open(path).press("Stop reading")
    assert "nothing of the file is kept" in page.text
    assert only(newsroom, SubscriberImport).state is ImportState.DISCARDED
    answer = office.client.post(f"{path}/apply")
    assert answer.status_code in {400, 409}


def test_the_refused_lines_come_as_a_file_and_in_pages(office, newsroom, chosen, go_on, monkeypatch):
    page = chosen("email\nana@example.org\n" + "".join(f"=nobody {number}\n" for number in range(3)))
    go_on()
    monkeypatch.setattr(looking, "SHOWN", 2)
    page = office.open(page.path)
    assert "=nobody 2" not in page.text
    assert "=nobody 2" in office.open(page.link("The next refused lines")).text
    lines = page.press("Download all as CSV").response.get_data(as_text=True).splitlines()
    assert lines[1] == '3,"\'=nobody 0","The @ sign is missing. An address looks like name@example.org."'
    assert len(lines) == 4
    assert newsroom.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first() == "import.export"


def test_nothing_is_lost_when_two_decide_at_once(office, newsroom, chosen, go_on):
    page = chosen()
    go_on()
    page = office.open(page.path)
    course.discard(newsroom, only(newsroom, SubscriberImport).id)
    newsroom.commit()
    answer = page.press("Add 1 person")
    assert answer.status == 409
    assert count(newsroom, Subscriber) == 4
