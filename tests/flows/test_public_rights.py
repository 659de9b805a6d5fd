"""A reader's rights, by the link that was mailed to them: to see what is kept, take it along, have it erased."""

import json
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from app.clock import utc_now
from app.links import NOBODY
from app.models import Subscriber, SubscriptionState
from tests.flows.newsletter import Newsletter
from tests.integration.conftest import Bell
from tests.known_person import ADDRESS, NAME, REASON, known_person, tables_with
from worker.workshop import Workshop


@pytest.fixture
def known(session, settings, database):
    """Her, with her reports understood."""
    made = known_person(session, settings)
    workshop = Workshop(settings, bell=Bell())
    workshop.desk.work()
    workshop.close()
    session.expire_all()
    return made


@pytest.fixture
def link(newsletter, known) -> str:
    return newsletter.path(newsletter.installation.links.preferences(known.person.id))


def words(page) -> str:
    return BeautifulSoup(page.text, "lxml").main.get_text(" ", strip=True)


def test_the_preferences_lead_to_what_is_known_and_to_erasure(newsletter, link):
    page = BeautifulSoup(newsletter.open(link).text, "lxml")
    targets = [a["href"] for a in page.select("section[aria-labelledby=rights] a")]
    assert targets == [f"{link}/data", f"{link}/erase"]
    assert [newsletter.open(target).status_code for target in targets] == [200, 200]


def test_the_language_that_was_asked_for_goes_along_to_what_is_known(newsletter, link):
    page = BeautifulSoup(newsletter.open(f"{link}?lang=de").text, "lxml")
    targets = [a["href"] for a in page.select("section[aria-labelledby=rights] a")]
    assert targets == [f"{link}/data?lang=de", f"{link}/erase?lang=de"]


def test_the_page_says_all_that_is_kept(newsletter, link, known):
    page = newsletter.open(f"{link}/data")
    assert page.status_code == 200
    told = words(page)
    for fact in (
        ADDRESS,
        NAME,
        REASON,
        "Events",
        "Asked for it",
        "will send you its statements",
        "198.51.100.0/24",
        known.campaign.subject,
        "550 5.1.1",
        "Final-Recipient",
        "old list.csv",
        "they rang",
    ):
        assert fact in told, fact
    assert "ben@example.org" not in told
    assert page.headers["Cache-Control"] == "no-store"
    assert "noindex" in page.headers["X-Robots-Tag"]


def test_the_file_holds_each_row_that_names_them(newsletter, session, link):
    answer = newsletter.get(f"{link}/data.json")
    assert answer.mimetype == "application/json"
    assert "attachment" in answer.headers["Content-Disposition"]
    told = json.loads(answer.text)
    assert told["person"]["address"] == ADDRESS
    assert [one["state"] for one in told["subscriptions"]] == ["confirmed", "confirmed"]
    assert [one["what"] for one in told["consent"]] == ["requested", "confirmed", "changed"]
    assert "unsubscribe at any time" in told["consent"][0]["words_shown"]
    assert {one["what"] for one in told["mails"]} == {"statement", "confirmation"}
    assert [ADDRESS.lower() in one["content"].lower() for one in told["reports"]] == [True, True]
    assert [one["line"] for one in told["imported_lines"]] == [1, 2]
    where = {"subscribers", "deliveries", "raw_reports", "suppressions", "import_rows", "consent_events"}
    where.add("reported_events")
    assert tables_with(session, ADDRESS) == where, "a new table holds the address: the export must tell of it"


def test_looking_changes_nothing(newsletter, link):
    before = newsletter.everything()
    for path in (f"{link}/data", f"{link}/data.json", f"{link}/erase"):
        assert newsletter.get(path).status_code == 200
    assert newsletter.everything() == before


def test_a_button_on_a_second_page_erases_at_once(newsletter, session, link, known):
    page = BeautifulSoup(newsletter.open(f"{link}/erase").text, "lxml")
    assert "can't be taken back" in page.main.get_text(" ", strip=True)
    assert page.main.find("button").get_text(strip=True) == "Erase everything now"
    answer = newsletter.press(f"{link}/erase", erase="1")
    assert answer.status_code == 200
    assert "We don't know you any more" in words(answer)
    assert tables_with(session, ADDRESS, NAME, REASON) == set()


def test_pressing_twice_is_no_mistake_and_old_links_know_nobody(newsletter, link, known):
    newsletter.press(f"{link}/erase", erase="1")
    assert newsletter.press(f"{link}/erase", erase="1").status_code == 200
    for path in (link, f"{link}/data", f"{link}/data.json", f"{link}/erase"):
        assert newsletter.open(path).status_code == 404, path
    assert newsletter.press(link, topic="statements", save="1").status_code == 404
    unsubscribe = newsletter.installation.links.unsubscribe(known.person.id, known.campaign.id)
    assert newsletter.press(unsubscribe, **{"List-Unsubscribe": "One-Click"}).status_code == 200


def test_posting_without_the_buttons_own_field_erases_nobody(newsletter, session, link, known):
    answer = newsletter.press(f"{link}/erase")
    assert answer.status_code == 303
    session.expire_all()
    assert session.get(Subscriber, known.person.id).erased_at is None


def test_a_link_that_is_too_old_leads_to_a_new_one_and_shows_nothing(newsletter, session, known):
    old = utc_now() - timedelta(days=31)
    link = newsletter.path(newsletter.installation.links.preferences(known.person.id, at=old))
    for path in (f"{link}/data", f"{link}/data.json", f"{link}/erase"):
        answer = newsletter.get(path)
        assert (answer.status_code, answer.location) == (303, link)
    assert newsletter.press(f"{link}/erase", erase="1").status_code == 303
    session.expire_all()
    assert session.get(Subscriber, known.person.id).address == ADDRESS


def test_the_links_of_a_test_mail_erase_nobody(newsletter):
    link = newsletter.path(newsletter.installation.links.preferences(NOBODY))
    for answer in (newsletter.open(f"{link}/data"), newsletter.press(f"{link}/erase", erase="1")):
        assert answer.status_code == 200
        assert "test" in words(answer).lower()


def test_whoever_was_erased_may_sign_up_again_and_is_somebody_new(newsletter: Newsletter, session):
    newsletter.offer("statements")
    first = newsletter.join("again@example.org", "statements")
    newsletter.press(f"{newsletter.preferences_link('again@example.org')}/erase", erase="1")
    session.expire_all()
    again = newsletter.join("Again@example.org", "statements")
    assert again.id != first.id
    assert newsletter.standing("Again@example.org") == {"statements": SubscriptionState.CONFIRMED}
