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


def test_a_topic_has_a_name_in_each_language_that_readers_may_choose(office, newsroom):
    edit = f"{PAGE}/statements/edit"
    office.open(edit).press("Save", name_fr="Nos communiqués", description_fr="Un par semaine", name_ar="بياناتنا")
    assert "Nos communiqués" in office.open("/statements?topic=statements&lang=fr").text
    assert "بياناتنا" in office.open("/statements?topic=statements&lang=ar").text
    page = office.open(edit)
    assert (page.value("name_fr"), page.value("name_ar"), page.value("name_de")) == ("Nos communiqués", "بياناتنا", "")
    noted = newsroom.scalars(select(AuditEntry).where(AuditEntry.action == "topic.change")).all()
    assert {entry.details["what"] for entry in noted} == {"name_fr", "description_fr", "name_ar"}
    assert "Nothing was changed." in page.press("Save").text
    office.open(edit).press("Save", name_ar="")
    assert "بياناتنا" not in office.open("/statements?topic=statements&lang=ar").text


def test_a_slip_in_a_translation_is_said_at_its_field(office, newsroom):
    page = office.open(f"{PAGE}/statements/edit").press("Save", description_fr="Un par semaine", name_de="x" * 101)
    assert page.status == 400
    assert "Give the topic a name in this language too" in page.text
    assert page.html.find(id="name_de")["aria-invalid"] == "true"
    assert page.value("description_fr") == "Un par semaine"
