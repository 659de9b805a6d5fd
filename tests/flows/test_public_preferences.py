"""The reader's own page: a pause, another address, a reason for leaving; and the way to it for who lost the link."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from sqlalchemy import select

from app.clock import utc_now
from app.models import (
    AddressChange,
    ConsentEvent,
    ConsentKind,
    DeliveryKind,
    DeliveryState,
    SubscriptionState,
    SuppressionReason,
)
from app.services import suppressions
from app.services.leaving_reasons import LeavingReason

PENDING, CONFIRMED, UNSUBSCRIBED = SubscriptionState
ANA, NEW = "ana@example.org", "ana@new.example"
MOVED = {"move": "1", "new_email": NEW}


@pytest.fixture
def reader(newsletter):
    """A newsletter with one reader of two topics."""
    newsletter.offer("statements", "education")
    newsletter.join(ANA, "statements", "education")
    return newsletter


def soup(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "lxml")


def words(answer) -> str:
    return " ".join(soup(answer).main.get_text().split())


def move_link(reader) -> str:
    newest = select(AddressChange.id).order_by(AddressChange.id.desc()).limit(1)
    return reader.installation.links.move(reader.session.scalar(newest))


def last_step(reader) -> ConsentEvent:
    reader.session.rollback()
    return reader.session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc()).limit(1)).one()


def test_a_pause_begins_with_one_button_and_ends_with_one(reader):
    link = reader.preferences_link(ANA)
    with time_machine.travel("2026-12-01T12:00Z"):
        link = reader.preferences_link(ANA)
        page = soup(reader.press(link, months="3"))
        assert "Paused until March 1, 2027" in page.find(attrs={"role": "status"}).get_text()
        assert "Paused until March 1, 2027" in words(reader.open(link))
        assert set(reader.standing(ANA).values()) == {CONFIRMED}
        assert "The pause is over" in words(reader.press(link, resume="1"))
        assert "Paused until" not in words(reader.open(link))
    assert reader.subscriber(ANA).paused_until is None


def test_a_pause_that_is_over_is_not_shown(reader):
    reader.press(reader.preferences_link(ANA), months="1")
    with time_machine.travel(utc_now() + timedelta(days=32)):
        assert "Paused until" not in words(reader.open(reader.preferences_link(ANA)))


def test_saving_topics_keeps_the_pause(reader):
    link = reader.preferences_link(ANA)
    reader.press(link, months="6")
    assert "Paused until" in words(reader.press(link, topic=["education"], save="1"))


def test_a_pause_that_is_not_offered_says_so_and_changes_nothing(reader):
    before = reader.everything()
    for months in ("2", "x", "-1", "99999999999999", "³"):
        answer = reader.press(reader.preferences_link(ANA), months=months)
        assert answer.status_code == 400, months
        assert "Choose for how long" in words(answer)
        assert len(soup(answer).select("input[name=topic][checked]")) == 2
    assert reader.everything() == before


def test_an_address_is_changed_by_its_owner_with_two_buttons(reader):
    asked = reader.press(reader.preferences_link(ANA), **MOVED)
    assert f"we have sent an email to {NEW}" in words(asked)
    assert set(reader.standing(ANA).values()) == {CONFIRMED}
    assert [mail.kind for mail in reader.mails(NEW)] == [DeliveryKind.ADDRESS_CHANGE]
    link = move_link(reader)
    page = words(reader.open(link))
    assert "Statements" in page
    assert ANA not in page
    done = reader.press(link)
    assert "Your address is changed" in words(done)
    assert reader.standing(NEW) == {"statements": CONFIRMED, "education": CONFIRMED}
    assert set(reader.standing(ANA).values()) == {UNSUBSCRIBED}
    assert reader.mails(ANA)[-1].kind is DeliveryKind.ADDRESS_CHANGED
    own_page = soup(done).find("a", string="Change your preferences")["href"]
    assert NEW in words(reader.open(own_page))
    assert "done already" in words(reader.open(link))
    assert reader.press(link).status_code == 200


def test_looking_at_the_link_of_a_new_address_changes_nothing(reader):
    reader.press(reader.preferences_link(ANA), **MOVED)
    link, before = reader.path(move_link(reader)), reader.everything()
    for method in ("GET", "HEAD", "OPTIONS") * 2:
        assert reader.client.open(link, method=method).status_code == 200
    for method in ("PUT", "DELETE", "PATCH"):
        assert reader.client.open(link, method=method).status_code == 405
    assert reader.everything() == before


def test_a_new_address_that_can_not_be_one_is_refused_and_stays_in_the_field(reader):
    before = reader.everything()
    for typed in ("", "nonsense", "a@b@c", "ana@", "Ana <ana@new.example>", ANA):
        answer = reader.press(reader.preferences_link(ANA), move="1", new_email=typed)
        field = soup(answer).find(id="new_email")
        assert (answer.status_code, field["aria-invalid"], field["value"]) == (400, "true", typed)
        assert soup(answer).select_one(".error-summary a[href='#new_email']")
    assert reader.everything() == before


def test_the_page_says_the_same_whoever_has_the_new_address(reader):
    reader.join("known@other.example", "education")
    blocked = reader.join("blocked@other.example", "education")
    suppressions.add(reader.session, blocked.address_hmac, SuppressionReason.COMPLAINT)
    reader.session.commit()
    link = reader.preferences_link(ANA)
    answers = set()
    for address in ("known@other.example", "blocked@other.example", "nobody@other.example"):
        answers.add(reader.press(link, move="1", new_email=address).text.replace(address, "X"))
    assert len(answers) == 1


def test_a_link_that_comes_too_late_says_what_to_do(reader):
    reader.press(reader.preferences_link(ANA), **MOVED)
    link = move_link(reader)
    with time_machine.travel(utc_now() + timedelta(hours=73)):
        for answer in (reader.open(link), reader.press(link)):
            assert answer.status_code == 410
            assert "Nothing has changed" in words(answer)
    reader.press(reader.preferences_link(ANA), move="1", new_email="ana@newer.example")
    for answer in (reader.open(link), reader.press(link)):
        assert answer.status_code == 409
        assert "newer wish" in words(answer)
    assert set(reader.standing(ANA).values()) == {CONFIRMED}


@pytest.mark.parametrize("door", ["preferences", "unsubscribe"])
def test_a_reason_for_leaving_is_kept_with_that_step(reader, door):
    if door == "preferences":
        link, fields = reader.preferences_link(ANA), {"leave": "1"}
    else:
        link = reader.unsubscribe_link(ANA, reader.campaign("statements"))
        fields = {"confirm": "1", "scope": "all"}
    reasons = soup(reader.open(link)).select("input[name=why]")
    assert {reason["value"] for reason in reasons} == set(LeavingReason)
    assert not any(reason.has_attr("required") for reason in reasons)
    answer = reader.press(link, **fields, why="hard-to-read", words="  No text\r\nin the pictures. ")
    assert "You are unsubscribed" in words(answer)
    step = last_step(reader)
    assert (step.kind, len(step.topic_ids)) == (ConsentKind.WITHDRAWN, 2)
    assert step.detail == "hard-to-read: No text in the pictures."
    assert set(reader.standing(ANA).values()) == {UNSUBSCRIBED}


def test_leaving_works_without_a_reason_and_with_one_that_can_not_be_kept(reader):
    reader.press(reader.preferences_link(ANA), leave="1", why="<script>", words="\x07" * 9000)
    assert (last_step(reader).kind, last_step(reader).detail) == (ConsentKind.WITHDRAWN, "")


def ask_for_link(newsletter, address, **more):
    data = {**newsletter.form("/preferences"), "email": address, **more}
    return newsletter.client.post("/preferences", data=data)


def test_the_link_is_mailed_to_readers_and_the_answer_is_the_same_for_everybody(reader):
    left = reader.join("left@example.org", "statements")
    reader.press(reader.preferences_link("left@example.org"), leave="1")
    reader.sign_up("pending@example.org", "statements")
    blocked = reader.join("blocked@example.org", "statements")
    suppressions.add(reader.session, blocked.address_hmac, SuppressionReason.COMPLAINT)
    reader.session.commit()
    answers = set()
    people = (ANA, left.address, "pending@example.org", "blocked@example.org", "nobody@example.org")
    for address in people:
        answer = ask_for_link(reader, address)
        assert answer.status_code == 303
        page = reader.get(answer.location)
        answers.add((answer.data, str(answer.headers), page.data, str(page.headers)))
    assert len(answers) == 1
    mailed = {address for address in people for mail in reader.mails(address) if mail.kind == "preferences_link"}
    assert mailed == {ANA}


def test_the_answer_takes_the_same_time_for_everybody(reader, monkeypatch):
    waited = []
    monkeypatch.setattr("app.web.same_time.sleep", waited.append)
    monkeypatch.setattr("app.web.same_time.STEP", 100.0)
    for address in (ANA, "nobody@example.org"):
        ask_for_link(reader, address)
        reader.press(reader.preferences_link(ANA), move="1", new_email=address.replace("org", "net"))
    assert len(waited) == 4
    assert all(seconds > 90 for seconds in waited)


def test_one_address_gets_one_link_a_day_whoever_asks(reader):
    for hours in (1, 2, 24):
        with time_machine.travel(utc_now() + timedelta(hours=hours)):
            ask_for_link(reader, ANA)
    mails = [mail for mail in reader.mails(ANA) if mail.kind == "preferences_link"]
    assert len(mails) == 1
    with time_machine.travel(utc_now() + timedelta(hours=26)):
        ask_for_link(reader, ANA)
    mails = [mail for mail in reader.mails(ANA) if mail.kind == "preferences_link"]
    assert [mail.state for mail in mails] == [DeliveryState.QUEUED] * 2


def test_an_address_that_is_none_is_asked_for_again(reader):
    for typed in ("", "nonsense", "a b@example.org"):
        answer = ask_for_link(reader, typed)
        assert answer.status_code == 400
        assert soup(answer).find(id="email")["value"] == typed
        assert "Error: " in soup(answer).title.get_text()


def test_robots_and_old_forms_get_no_link(reader):
    before = reader.everything()
    assert ask_for_link(reader, ANA, remarks="buy now").status_code == 303
    stale = ask_for_link(reader, ANA, form_token="x")
    assert stale.status_code == 400
    assert soup(stale).find(id="email")["value"] == ANA
    assert reader.everything() == before


def test_the_way_to_ones_page_is_on_the_help_page(reader):
    assert soup(reader.get("/help")).find("a", string="Send me my link")["href"] == "/preferences"
