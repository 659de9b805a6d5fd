"""Staff give a person a copy of their data, or erase them: proved, with a reason, written down."""

import json

import pytest
from sqlalchemy import select, update

from app.models import AuditEntry, ConsentEvent, ConsentKind, Delivery, StaffMember, Subscriber
from app.services import audit
from tests.flows.console.staff_room import clock
from tests.flows.press_office import PASSWORD, Page
from tests.flows.roles import become
from tests.known_person import ADDRESS, NAME, REASON, known_person, tables_with

PAGE = "/console/subscribers"


@pytest.fixture
def hands():
    with clock() as hands:
        yield hands


@pytest.fixture
def known(newsroom, settings):
    return known_person(newsroom, settings)


def page_of(office) -> Page:
    return office.open(PAGE).press("Search", who=ADDRESS)


def noted(session, action: str) -> list[AuditEntry]:
    session.rollback()
    return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_a_copy_for_the_person_is_one_file_that_needs_nothing_else(office, newsroom, known):
    answer = page_of(office).press("Download their data").response
    assert answer.headers["Content-Disposition"] == f'attachment; filename="person-{known.person.id}.html"'
    for fact in (ADDRESS, NAME, REASON, "they rang"):
        assert fact in answer.text, fact
    assert not {"<link", "<script", "<img"} & set(answer.text.split())
    entry = noted(newsroom, "subscriber.export")[0]
    assert (entry.object_id, entry.details) == (str(known.person.id), {"kind": "html"})


def test_the_same_for_machines(office, newsroom, known):
    answer = page_of(office).press("As JSON").response
    told = json.loads(answer.text)
    assert told["person"]["address"] == ADDRESS
    assert [one["what"] for one in told["acts_of_staff"]] == ["subscriber.ask_again", "subscriber.export"]


def test_a_copy_and_an_erasure_ask_for_the_password_again(hands, office, newsroom, known):
    page = page_of(office)
    hands.forward(minutes=16)
    proof = page.press("Download their data")
    assert proof.status == 401
    assert noted(newsroom, "subscriber.export") == []
    data = {field["name"]: field["value"] for field in proof.html.select("main input[name][value]")}
    again = office.client.post("/console/prove", data=data | {"proof": PASSWORD})
    assert again.status_code == 307
    assert ADDRESS in office.client.post(again.location, data=data).text
    hands.forward(minutes=16)
    asked = office.open(page.link("Erase"))
    assert asked.path == "/console/prove"
    assert "can't be taken back" in asked.press("Go on", proof=PASSWORD).text


def test_erasing_needs_the_address_and_a_reason_and_then_is_done(office, newsroom, known):
    form = office.open(page_of(office).link("Erase"))
    wrong = form.press("Erase everything now", typed="ana@example.org", reason="")
    assert wrong.status == 400
    assert "Type the whole address" in wrong.text
    assert "Say it in a few words" in wrong.text
    done = wrong.press("Erase everything now", typed=ADDRESS.upper(), reason=f"a letter by {ADDRESS} of 3 May")
    assert "This person is erased" in done.text
    # her reports wait to be understood, and lose their content then
    assert tables_with(newsroom, ADDRESS, NAME, REASON) <= {"raw_reports"}
    entry = noted(newsroom, "subscriber.erase")[0]
    assert entry.details == {"reason": "a letter by (address) of 3 May"}
    event = newsroom.scalars(select(ConsentEvent).where(ConsentEvent.kind == ConsentKind.ERASED)).one()
    staff_id = newsroom.scalars(select(StaffMember.id)).one()
    assert (event.source, event.actor, event.method) == ("staff", f"staff {staff_id}", "console")
    sources = newsroom.scalars(select(ConsentEvent.source).where(ConsentEvent.subscriber_id == known.person.id))
    assert not [one for one in sources if "letter" in one], "the reason can't be blanked there"
    assert list(audit.broken(newsroom)) == []


def test_whoever_is_erased_is_in_no_list_and_their_mails_name_nobody(office, newsroom, known):
    page = page_of(office)
    form = page.link("Erase")
    done = office.open(form).press("Erase everything now", typed=ADDRESS, reason="a letter")
    assert done.path == page.path
    assert "Nothing is known of this person any more" in done.text
    assert office.open(form).status == 404
    listed = office.open(PAGE)
    assert ADDRESS not in listed.text
    assert newsroom.scalar(select(Subscriber.id).where(Subscriber.erased_at.is_not(None))) == known.person.id
    mails = office.open(f"/console/campaigns/{known.campaign.public_id}/deliveries")
    assert "somebody who is not known any more" in mails.text
    story = office.open(f"/console/deliveries/{known.bounced.id}")
    assert story.status == 200
    assert "somebody who is not known any more" in story.title
    report = office.open(f"/console/campaigns/{known.campaign.public_id}")
    assert "not known any more" in report.text
    assert office.open(report.link("1")).status == 200
    assert office.open("/console/audit").status == 200
    sought = office.open(PAGE).press("Search", who=ADDRESS)
    assert "Erased" in sought.text or "erased" in sought.text


def test_a_message_whose_reader_the_ledger_has_forgotten_is_still_shown_and_counted(office, newsroom, known):
    newsroom.execute(update(Delivery).where(Delivery.id == known.bounced.id).values(subscriber_id=None))
    newsroom.commit()
    campaign = f"/console/campaigns/{known.campaign.public_id}"
    mails = office.open(f"{campaign}/deliveries?state=bounced")
    assert "somebody who is not known any more" in mails.text
    assert office.open(f"/console/deliveries/{known.bounced.id}").status == 200
    assert "not known any more" in office.open(campaign).text
    assert "not known any more" in office.open("/console/bounces").text
    file = office.open(f"{campaign}/deliveries").press("Export as CSV").response
    assert "bounced" in file.text


def test_who_may_only_look_is_offered_neither(office, newsroom, known):
    become(newsroom, "approver")
    page = page_of(office)
    assert "Download their data" not in page.buttons
    assert "Erase…" not in page.text
