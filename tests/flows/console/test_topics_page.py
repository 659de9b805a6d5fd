"""The topics page: added, renamed, hidden, put in order; the sign-up form follows."""

from sqlalchemy import select

from app.models import AuditEntry, Topic
from tests.flows.press_office import Page

PAGE = "/console/topics"


def names(page: Page) -> list[str]:
    return [a.get_text(strip=True) for a in page.html.select("tbody th a")]


def offered(office) -> str:
    return office.open("/subscribe").text


def test_a_topic_is_added_and_offered_on_the_sign_up_form(office, newsroom):
    page = office.open(office.open(PAGE).link("Add a topic"))
    page = page.press("Save", name="Press freedom", description="Once a month.", slug="press-freedom")
    assert "“Press freedom” is added." in page.text
    assert names(page) == ["Statements", "Press freedom"]
    assert "Press freedom" in offered(office)
    entry = newsroom.scalars(select(AuditEntry).where(AuditEntry.action == "topic.add")).one()
    assert (entry.object_type, entry.object_id, entry.object_name) == ("topic", "press-freedom", "Press freedom")


def test_a_hidden_topic_is_kept_but_not_offered(office, newsroom):
    office.open(f"{PAGE}/new").press("Save", name="Internal", slug="internal", is_public=[])
    assert "Internal" not in offered(office)
    assert "Hidden" in office.open(PAGE).text


def test_a_first_topic_can_not_be_a_hidden_one(office, newsroom):
    newsroom.execute(Topic.__table__.update().values(is_public=False))
    newsroom.commit()
    page = office.open(f"{PAGE}/new").press("Save", name="Internal", slug="internal", is_public=[])
    assert page.status == 400
    assert "only topic on the sign-up form" in page.text
    assert newsroom.scalar(select(Topic.id).where(Topic.slug == "internal")) is None


def test_a_topic_is_renamed_and_its_address_stays(office, newsroom):
    page = office.open(f"{PAGE}/statements/edit").press("Save", name="What we say", description="Weekly.")
    assert names(page) == ["What we say"]
    topic = newsroom.scalars(select(Topic)).one()
    newsroom.refresh(topic)
    assert (topic.slug, topic.list_label, topic.description) == ("statements", "statements", "Weekly.")
    entries = newsroom.scalars(select(AuditEntry).where(AuditEntry.action == "topic.change")).all()
    assert {(entry.details["what"], entry.details["before"], entry.details["after"]) for entry in entries} == {
        ("name", "Statements", "What we say"),
        ("description", "What we say in public", "Weekly."),
    }


def test_topics_change_places(office, newsroom):
    office.open(f"{PAGE}/new").press("Save", name="Alerts", slug="alerts")
    page = office.open(PAGE)
    assert "“Alerts” stands further up now." in (page := page.press("Up")).text
    assert names(page) == ["Alerts", "Statements"]


def test_a_slip_is_said_and_what_was_typed_is_kept(office, newsroom):
    page = office.open(f"{PAGE}/new").press("Save", name="", description="Weekly.", slug="Press Freedom")
    assert page.status == 400
    assert "Give the topic a name." in page.text
    assert "press-freedom" in page.text
    assert (page.value("slug"), page.value("description")) == ("Press Freedom", "Weekly.")
    taken = office.open(f"{PAGE}/new").press("Save", name="Others", slug="statements")
    assert taken.status == 400
    assert "There is a topic “statements” already." in taken.text


def test_a_topic_that_is_not_there_is_not_found(office):
    assert office.open(f"{PAGE}/nothing/edit").status == 404
