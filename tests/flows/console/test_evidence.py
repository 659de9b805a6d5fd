"""The evidence of one person's consent: right when they sign up, change, leave and are erased; a tampered log shows."""

from datetime import date

import pytest
from sqlalchemy import select, text, update

from app.clock import utc_now
from app.console import audit
from app.mail.address import EmailAddress
from app.models import (
    ConsentEvent,
    ConsentKind,
    ConsentText,
    Delivery,
    DeliveryState,
    ImportReader,
    Subscriber,
    SubscriberImport,
)
from app.services import erasure, preferences, signup
from app.services.consent import Origin
from app.services.signup import Ask
from tests import factories
from tests.flows.press_office import Page, PressOffice
from tests.flows.roles import become

ANA = "ana.lima@example.org"


@pytest.fixture
def ana(newsroom, settings) -> Subscriber:
    """Somebody who signed up by the form and confirmed."""
    ask = Ask(EmailAddress.parse(ANA), [factories.topic(newsroom)], "en")
    made = signup.request(newsroom, ask, Origin("/subscribe", "192.0.2.0/24"), settings=settings, now=utc_now())
    request = newest(newsroom)
    sent = {"state": DeliveryState.SENT, "sent_at": factories.NOW, "attempts": 1, "reply_code": 250}
    newsroom.execute(update(Delivery).where(Delivery.consent_event_id == request.id).values(**sent))
    signup.confirm(newsroom, made.id, request.id, Origin("/c", "192.0.2.0/24"), now=utc_now())
    newsroom.commit()
    return made


def newest(session) -> ConsentEvent:
    return session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc()).limit(1)).one()


def evidence(office: PressOffice) -> Page:
    person = office.open("/console/subscribers").press("Search", who=ANA)
    return office.open(person.link("Evidence, to print"))


def steps(page: Page) -> list[str]:
    return [item.get_text(" ", strip=True) for item in page.html.select("ol.evidence__steps > li")]


def test_it_says_who_agreed_to_what_when_how_and_in_which_words(office, newsroom, ana, settings):
    page = evidence(office)
    assert page.status == 200
    assert ANA in page.text
    assert "Yes: 2 steps, and each fits its seal." in page.text
    asked, confirmed = steps(page)
    wording = newsroom.scalars(select(ConsentText)).one()
    mail = newsroom.scalars(select(Delivery).where(Delivery.subscriber_id == ana.id)).one()
    for words in (
        "Asked for it: Statements",
        "the person themselves",
        "web form",
        "the sign-up form, network 192.0.2.0/24",
        f"wording {wording.version}",
        "Please confirm your subscription: Sent",
        f"<{mail.message_key.hex}@{settings.sender_domain}>",
        "UTC)",
    ):
        assert words in asked, words
    assert "button of the confirmation page" in confirmed
    assert f"wording {wording.version}" in confirmed
    assert page.html.blockquote.get_text() == wording.words
    newsroom.refresh(ana)
    assert ana.consent_head.hex() in page.text


def test_the_words_that_were_shown_then_stay_although_others_are_shown_now(office, newsroom, ana, settings):
    before = newsroom.scalars(select(ConsentText)).one()
    changed = settings.model_copy(update={"organisation": "Doors for All"})
    ask = Ask(EmailAddress.parse(ANA), [factories.topic(newsroom, "alerts")], "en")
    signup.request(newsroom, ask, Origin("/subscribe"), settings=changed, now=utc_now())
    newsroom.commit()
    page = evidence(office)
    then, now = (quote.get_text() for quote in page.html.select("blockquote"))
    assert then == before.words
    assert "Doors for All" in now
    assert before.version in steps(page)[0]
    assert before.version not in steps(page)[2]


def test_it_is_right_when_somebody_changed_left_and_was_erased(office, newsroom, ana):
    alerts = factories.topic(newsroom, "alerts")
    preferences.change(newsroom, ana.id, [alerts.id], "en", Origin("/p"), now=utc_now())
    newsroom.commit()
    assert "button of the preferences page" in steps(evidence(office))[2]
    preferences.leave_all(newsroom, ana.id, Origin("/u", "198.51.100.0/24", detail="No alt texts."), now=utc_now())
    newsroom.commit()
    page = evidence(office)
    assert "Left: Statements" in steps(page)[3] or "Left: Alerts" in steps(page)[3]
    assert "No alt texts." in steps(page)[3]
    assert "No: Left everything" in page.text
    erasure.erase(newsroom, ana.id, Origin("/p"), now=utc_now())
    newsroom.commit()
    page = office.open(page.path)
    assert page.status == 200
    assert len(steps(page)) == 5
    assert "Was erased" in steps(page)[4]
    assert "Yes: 5 steps, and each fits its seal." in page.text
    for words in (ANA, "198.51.100.0", "No alt texts."):
        assert words not in page.text, words


def test_what_staff_noted_names_them(office, newsroom):
    office.open("/console/subscribers/new").press(
        "Add and send", email=ANA, topics=["statements"], how="on the list at the summer fair"
    )
    (step,) = steps(evidence(office))
    for words in ("Inés", "(member of staff no. ", "on the list at the summer fair", "none: they did not use the form"):
        assert words in step, words


def test_of_who_was_brought_in_it_says_from_where_when_and_on_what_basis(office, newsroom, settings):
    brought = SubscriberImport(
        name="friends.csv",
        reader=ImportReader.CSV,
        source="The list of the Friends of Open Doors",
        consented_on=date(2024, 3, 9),
        basis="paper forms, kept in the archive",
        language="en",
        topic_ids=[],
        octets=1,
    )
    newsroom.add(brought)
    person = factories.subscriber(newsroom, settings, ANA)
    newsroom.flush()
    event = ConsentEvent(
        subscriber_id=person.id,
        kind=ConsentKind.IMPORTED,
        topic_ids=[factories.topic(newsroom).id],
        source="import",
        language="en",
        import_id=brought.id,
    )
    newsroom.add(event)
    newsroom.commit()
    (step,) = steps(evidence(office))
    for words in ("2024-03-09", "The list of the Friends of Open Doors", "paper forms, kept in the archive"):
        assert words in step, words


def test_a_changed_step_shows(office, newsroom, ana):
    newsroom.execute(text("ALTER TABLE consent_events DISABLE TRIGGER USER"))
    newsroom.execute(text("UPDATE consent_events SET source = '/embed' WHERE kind = 'requested'"))
    newsroom.execute(text("ALTER TABLE consent_events ENABLE TRIGGER USER"))
    newsroom.commit()
    page = evidence(office)
    assert "No: something was changed, added or removed." in page.text
    assert "Does not fit" in steps(page)[0]
    assert "Does not fit" not in steps(page)[1]


def test_of_somebody_without_a_log_it_says_so(office, newsroom, settings):
    factories.subscriber(newsroom, settings, ANA)
    newsroom.commit()
    assert "Nothing is recorded of this person." in evidence(office).text


def test_authors_see_no_evidence(office, newsroom, ana):
    path = evidence(office).path
    become(newsroom, "author")
    assert office.open(path).status == 403


def test_the_audit_page_says_whether_the_log_of_consent_is_whole_and_who_is_concerned(
    office, newsroom, ana, monkeypatch
):
    monkeypatch.setattr(audit, "CHECKED", 1)
    assert "The log of consent of those who took the last 1 steps is whole." in office.open("/console/audit").text
    assert "The whole log of consent was checked: 2 steps" in office.open("/console/audit?check=all").text
    newsroom.execute(text("ALTER TABLE consent_events DISABLE TRIGGER USER"))
    newsroom.execute(text("DELETE FROM consent_events WHERE kind = 'confirmed'"))
    newsroom.execute(text("ALTER TABLE consent_events ENABLE TRIGGER USER"))
    newsroom.commit()
    for address in ("/console/audit", "/console/audit?check=all"):
        page = office.open(address)
        assert "The log of consent is not whole" in page.text
    shown = office.open(page.link("Look at the first of these people"))
    assert ANA in shown.text
    assert "The last steps are missing" in shown.text
