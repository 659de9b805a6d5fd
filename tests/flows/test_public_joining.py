"""Joining, as a reader lives it: the form, the mail's links, the buttons, and what nobody can find out."""

from datetime import timedelta
from time import monotonic

import pytest
import time_machine
from bs4 import BeautifulSoup
from sqlalchemy import select

from app.clock import utc_now
from app.models import ConsentEvent, ConsentKind, ConsentText, DeliveryKind, SubscriptionState, SuppressionReason
from app.public.entry import TRAP
from app.services import suppressions
from app.tokens import Purpose
from app.web.language import choose
from app.web.same_time import STEP

PENDING, CONFIRMED, UNSUBSCRIBED = SubscriptionState
ANA = "ana@example.org"


def test_a_reader_asks_opens_the_link_and_is_subscribed_only_by_the_button(newsletter):
    newsletter.offer("statements", "education")
    answer = newsletter.sign_up(ANA, "education")
    assert (answer.status_code, answer.location) == (303, "/subscribe/check-your-inbox")
    assert newsletter.standing(ANA) == {"education": PENDING}
    assert [mail.kind for mail in newsletter.mails(ANA)] == [DeliveryKind.CONFIRMATION]

    page = newsletter.open(newsletter.confirmation_link(ANA))
    assert "Education" in page.text
    assert newsletter.standing(ANA) == {"education": PENDING}

    assert "You are subscribed" in newsletter.confirm(ANA).text
    assert newsletter.standing(ANA) == {"education": CONFIRMED}


def test_pressing_twice_says_kindly_that_all_is_well(newsletter):
    newsletter.offer("statements")
    newsletter.join(ANA)
    for answer in (newsletter.confirm(ANA), newsletter.open(newsletter.confirmation_link(ANA))):
        assert answer.status_code == 200
        assert "Already confirmed" in answer.text
    kinds = newsletter.session.scalars(select(ConsentEvent.kind).order_by(ConsentEvent.id)).all()
    assert kinds == [ConsentKind.REQUESTED, ConsentKind.CONFIRMED]


def test_the_page_after_confirming_leads_to_the_preferences(newsletter):
    newsletter.offer("statements")
    newsletter.sign_up(ANA)
    page = BeautifulSoup(newsletter.confirm(ANA).text, "lxml")
    link = page.find("a", string="Change your preferences")
    assert newsletter.open(str(link["href"])).status_code == 200


def test_the_words_that_were_shown_are_what_the_log_keeps(newsletter):
    newsletter.offer("statements")
    shown = BeautifulSoup(newsletter.get("/subscribe").text, "lxml").find(id="consent")
    newsletter.sign_up(ANA)
    kept = newsletter.session.scalars(select(ConsentText)).one()
    assert kept.words in " ".join(shown.get_text().split())


@pytest.mark.parametrize(
    "must_say", ["Open Doors International", "12 Ramp Street", "office@opendoors.example", "unsubscribe"]
)
def test_the_form_says_who_writes_how_to_reach_them_and_how_to_leave(newsletter, must_say):
    newsletter.offer("statements")
    consent = BeautifulSoup(newsletter.get("/subscribe").text, "lxml").find(id="consent").get_text()
    assert must_say in " ".join(consent.split())


def test_nothing_is_chosen_beforehand_unless_the_link_says_so(newsletter):
    newsletter.offer("statements", "education")
    assert " checked" not in newsletter.get("/subscribe").text
    page = BeautifulSoup(newsletter.get("/subscribe?topic=education").text, "lxml")
    assert [box["value"] for box in page.select("input[checked]")] == ["education"]


def test_a_single_topic_is_not_asked_for(newsletter):
    newsletter.offer("statements")
    assert 'type="checkbox"' not in newsletter.get("/subscribe").text
    newsletter.sign_up(ANA, "")
    assert newsletter.standing(ANA) == {"statements": PENDING}


def test_where_there_is_no_topic_the_page_says_so(newsletter):
    assert "nothing to subscribe to yet" in newsletter.get("/subscribe").text


def test_mistakes_are_named_beside_their_fields_and_nothing_typed_is_lost(newsletter):
    newsletter.offer("statements", "education")
    answer = newsletter.client.post(
        "/subscribe", data={**newsletter.form(), "email": 'ana"><b>@', "topic": [], "language": "ar"}
    )
    assert answer.status_code == 400
    page = BeautifulSoup(answer.text, "lxml")
    assert page.title.get_text().startswith("Error: ")
    email = page.find(id="email")
    assert (email["value"], email["aria-invalid"]) == ('ana"><b>@', "true")
    assert page.find(id=email["aria-describedby"]).get_text(strip=True)
    assert page.find("option", selected=True)["value"] == "ar"
    summary = page.select_one(".error-summary[autofocus][tabindex]")
    targets = [link["href"].removeprefix("#") for link in summary.find_all("a")]
    assert targets == ["email", "topic-1"]
    assert all(page.find(id=target) for target in targets)


def test_a_form_that_was_open_too_long_comes_back_as_it_was_filled_in(newsletter):
    newsletter.offer("statements", "education")
    with time_machine.travel(utc_now() - timedelta(hours=5), tick=False):
        old = newsletter.form()
    answer = newsletter.client.post("/subscribe", data={**old, "email": ANA, "topic": "education"})
    assert answer.status_code == 400
    page = BeautifulSoup(answer.text, "lxml")
    assert "open for a long time" in page.select_one(".error-summary").get_text()
    assert page.find(id="email")["value"] == ANA
    assert [box["value"] for box in page.select("input[checked]")] == ["education"]
    again = {field["name"]: field["value"] for field in page.select("input[type=hidden]")}
    assert newsletter.client.post("/subscribe", data={**again, "email": ANA, "topic": "education"}).status_code == 303


def test_a_form_without_its_token_changes_nothing(newsletter):
    newsletter.offer("statements")
    before = newsletter.everything()
    assert newsletter.client.post("/subscribe", data={"email": ANA}).status_code == 400
    token = newsletter.installation.tokens.make(Purpose.CONFIRM, "sign-up")
    assert newsletter.client.post("/subscribe", data={"email": ANA, "form_token": token}).status_code == 400
    assert newsletter.everything() == before


def test_nobody_agrees_to_words_that_they_did_not_see(newsletter):
    newsletter.offer("statements")
    fields = {**newsletter.form(), "consent_version": "an older one", "email": ANA}
    answer = newsletter.client.post("/subscribe", data=fields)
    assert answer.status_code == 400
    assert "reworded" in answer.text


def test_a_robot_in_the_trap_is_told_the_same_and_nothing_is_kept(newsletter):
    newsletter.offer("statements")
    person, robot = newsletter.sign_up("person@example.org"), newsletter.sign_up(ANA, remarks="buy now")
    assert (robot.status_code, robot.location, robot.data) == (person.status_code, person.location, person.data)
    assert newsletter.standing(ANA) == {}


def test_the_trap_is_out_of_reach_for_people(newsletter):
    newsletter.offer("statements")
    trap = BeautifulSoup(newsletter.get("/subscribe").text, "lxml").find("input", attrs={"name": "remarks"})
    assert (trap["tabindex"], trap["autocomplete"]) == ("-1", "off")
    assert trap.parent.has_attr("hidden")
    assert trap.parent["aria-hidden"] == "true"


def test_every_address_gets_the_same_bytes(newsletter):
    newsletter.offer("statements")
    newsletter.sign_up("pending@example.org")
    newsletter.join("confirmed@example.org")
    left = newsletter.join("left@example.org")
    newsletter.press(newsletter.preferences_link(left.address), leave="1")
    for reason in (SuppressionReason.COMPLAINT, SuppressionReason.HARD):
        person = newsletter.join(f"{reason.value}@example.org")
        suppressions.add(newsletter.session, person.address_hmac, reason)
    newsletter.session.commit()
    addresses = ["new", "pending", "confirmed", "left", "complaint", "hard"]
    answers = [newsletter.sign_up(f"{name}@example.org") for name in addresses]
    assert {(a.status, a.data, tuple(a.headers)) for a in answers} == {
        (answers[0].status, answers[0].data, tuple(answers[0].headers))
    }
    pages = {newsletter.get(answer.location).data for answer in answers}
    assert len(pages) == 1


def test_the_time_of_the_answer_tells_nothing_either(newsletter):
    newsletter.offer("statements")
    person = newsletter.join("complaint@example.org")
    suppressions.add(newsletter.session, person.address_hmac, SuppressionReason.COMPLAINT)
    newsletter.session.commit()
    fields = newsletter.form()
    for typed in ({"email": "new@example.org"}, {"email": person.address}, {"email": "robot@example.org", TRAP: "x"}):
        began = monotonic()
        newsletter.client.post("/subscribe", data={**fields, **typed})
        assert monotonic() - began >= STEP


def test_an_old_link_offers_a_new_one_and_the_new_one_works(newsletter):
    newsletter.offer("statements")
    newsletter.sign_up(ANA)
    link = newsletter.confirmation_link(ANA)
    with time_machine.travel(utc_now() + timedelta(hours=73)):
        page = newsletter.open(link)
        assert page.status_code == 410
        assert "Send me a new link" in page.text
        assert newsletter.press(link).status_code == 410
        assert newsletter.standing(ANA) == {"statements": PENDING}
        assert "Check your inbox" in newsletter.press(link, renew="1").text
        assert len(newsletter.mails(ANA)) == 2
        assert "You are subscribed" in newsletter.confirm(ANA).text


def test_an_old_link_does_not_tell_who_confirmed_that_they_did_not(newsletter):
    newsletter.offer("statements")
    newsletter.sign_up(ANA)
    link = newsletter.confirmation_link(ANA)
    newsletter.press(link)
    with time_machine.travel(utc_now() + timedelta(hours=73)):
        page = newsletter.open(link)
    assert page.status_code == 410
    assert "you are subscribed" in page.text
    assert "/p/" not in page.text
    assert "Send me a new link" not in page.text


def test_a_link_from_before_leaving_does_not_bring_anybody_back(newsletter):
    newsletter.offer("statements")
    newsletter.join(ANA)
    newsletter.press(newsletter.preferences_link(ANA), leave="1")
    answer = newsletter.confirm(ANA)
    assert answer.status_code == 409
    assert "Subscribe again" in answer.text
    assert newsletter.standing(ANA) == {"statements": UNSUBSCRIBED}


def test_this_was_not_me_needs_its_button_and_then_holds(newsletter):
    newsletter.offer("statements")
    newsletter.sign_up(ANA)
    link = newsletter.refusal_link(ANA)
    newsletter.open(link)
    assert newsletter.standing(ANA) == {"statements": PENDING}
    for _ in range(2):
        assert "We won" in newsletter.press(link).text
    assert newsletter.standing(ANA) == {"statements": UNSUBSCRIBED}
    with time_machine.travel(utc_now() + timedelta(days=2)):
        newsletter.sign_up(ANA)
    assert len(newsletter.mails(ANA)) == 1


def test_the_language_of_a_page_is_the_first_wish_that_can_be_met():
    assert choose(["fr-CA", "ar"], ("en", "fr")) == "fr"
    assert choose(["", "de", "EN-gb"], ("en", "fr")) == "en"
    assert choose(["sw", "", "*"], ("fr", "en")) == "fr"


def test_a_page_claims_no_language_that_its_words_are_not_in(newsletter):
    assert '<html lang="en" dir="ltr">' in newsletter.get("/?lang=sw", **{"Accept-Language": "sw"}).text
