"""Leaving and changing one's mind: the reader's pages, and what mail programs send by themselves (RFC 8058)."""

import http.client
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from sqlalchemy import func, select

from app.clock import utc_now
from app.models import ConsentEvent, ConsentKind, SubscriptionState
from app.services import suppressions
from app.services.consent import ONE_CLICK
from app.tokens import Purpose
from tests.live_server import free_port, serving

PENDING, CONFIRMED, UNSUBSCRIBED = SubscriptionState
ANA = "ana@example.org"
FORM = b"List-Unsubscribe=One-Click"
PART = b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
BODIES = {
    "urlencoded": ("application/x-www-form-urlencoded", FORM),
    "urlencoded with a charset": ("application/x-www-form-urlencoded; charset=UTF-8", FORM),
    "urlencoded with a line end": ("application/x-www-form-urlencoded", FORM + b"\r\n"),
    "multipart": ("multipart/form-data; boundary=b", PART),
    "multipart with a charset": ("multipart/form-data; charset=utf-8; boundary=b", PART),
    "without a type": ("", FORM),
    "without a type, with a line end": ("", FORM + b"\r\n"),
    "plain text": ("text/plain", FORM),
    "plain text with a charset": ("text/plain; charset=utf-8", FORM + b"\r\n"),
    "an unknown type": ("application/octet-stream", FORM),
    "multipart by name only": ("multipart/form-data", FORM),
}


@pytest.fixture
def reader(newsletter):
    """A newsletter with one reader of two topics."""
    newsletter.offer("statements", "education")
    newsletter.join(ANA, "statements", "education")
    return newsletter


@pytest.fixture(scope="module")
def port(app):
    number = free_port()
    with serving(app, number):
        yield number


def raw(port, path, head, body):
    """What comes back over a bare connection for exactly these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n".encode() + body)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer, answer.read()


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("chunked", [False, True], ids=["in one piece", "chunked"])
def test_one_click_acts_at_once_on_the_bytes_that_receivers_send(reader, port, kind, chunked):
    content_type, body = BODIES[kind]
    head = f"Content-Type: {content_type}\r\n" if content_type else ""
    if chunked:
        head += "Transfer-Encoding: chunked\r\n"
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[:9], body[9:])) + b"0\r\n\r\n"
    else:
        head += f"Content-Length: {len(body)}\r\n"
    link = reader.unsubscribe_link(ANA, reader.campaign("statements"))
    answer, page = raw(port, reader.path(link), head, body)
    assert (answer.status, answer.headers["Location"], answer.headers["Set-Cookie"]) == (200, None, None)
    assert b"unsubscribed" in page
    assert reader.standing(ANA) == {"statements": UNSUBSCRIBED, "education": CONFIRMED}


@pytest.mark.parametrize("ending", ["", "/"])
def test_one_click_is_never_answered_with_a_redirect(reader, ending):
    path = reader.path(reader.unsubscribe_link(ANA, reader.campaign("statements"))) + ending
    answer = reader.client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.location) == (200, None)
    assert reader.standing(ANA)["statements"] is UNSUBSCRIBED


def test_looking_at_the_unsubscribe_page_changes_nothing(reader):
    path = reader.path(reader.unsubscribe_link(ANA, reader.campaign("statements")))
    before = reader.everything()
    for method in ("GET", "HEAD", "OPTIONS") * 3:
        assert reader.client.open(path, method=method).status_code == 200
    for method in ("PUT", "DELETE", "PATCH"):
        assert reader.client.open(path, method=method).status_code == 405
    assert reader.everything() == before


@pytest.mark.parametrize(
    "body", [{}, {"List-Unsubscribe": "Two-Clicks"}, {"confirm": "0"}, {"confirm": "1", "scope": "x"}]
)
def test_any_other_post_is_refused_and_changes_nothing(reader, body):
    link = reader.unsubscribe_link(ANA, reader.campaign("statements"))
    before = reader.everything()
    assert reader.press(link, **body).status_code == 400
    assert reader.everything() == before


def test_three_posts_at_once_are_one_event_and_all_succeed(reader, port):
    path = reader.path(reader.unsubscribe_link(ANA, reader.campaign("statements")))
    head = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(FORM)}\r\n"
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: raw(port, path, head, FORM)[0].status, range(3)))
    assert answers == [200, 200, 200]
    withdrawn = select(func.count()).where(ConsentEvent.kind == ConsentKind.WITHDRAWN)
    assert reader.session.scalar(withdrawn) == 1


def test_the_page_leaves_what_the_mail_was_about(reader):
    link = reader.unsubscribe_link(ANA, reader.campaign("statements"))
    assert "Unsubscribe from Statements" in reader.open(link).text
    page = reader.press(link, confirm="1", scope="topics")
    assert page.status_code == 200
    assert "Statements" in page.text
    assert reader.standing(ANA) == {"statements": UNSUBSCRIBED, "education": CONFIRMED}
    assert "already left" in reader.open(link).text


def test_the_page_leaves_everything_and_that_is_remembered(reader):
    link = reader.unsubscribe_link(ANA, reader.campaign("statements"))
    reader.press(link, confirm="1", scope="all")
    assert set(reader.standing(ANA).values()) == {UNSUBSCRIBED}
    assert suppressions.find(reader.session, reader.subscriber(ANA).address_hmac)


def test_an_unsubscribe_link_mails_the_preferences_but_does_not_open_them(reader):
    link = reader.unsubscribe_link(ANA, reader.campaign("statements"))
    assert "/p/" not in reader.open(link).text
    with time_machine.travel(utc_now() + timedelta(hours=1)):
        assert "Check your inbox" in reader.press(link, confirm="1", scope="preferences").text
    assert len(reader.mails(ANA)) == 2
    assert set(reader.standing(ANA).values()) == {CONFIRMED}


def test_the_log_tells_one_click_from_the_button_of_the_page(reader):
    reader.press(reader.unsubscribe_link(ANA, reader.campaign("statements")), **{"List-Unsubscribe": "One-Click"})
    reader.press(reader.unsubscribe_link(ANA, reader.campaign("education")), confirm="1", scope="topics")
    reader.session.rollback()
    left = select(ConsentEvent.method).where(ConsentEvent.kind == ConsentKind.WITHDRAWN).order_by(ConsentEvent.id)
    assert reader.session.scalars(left).all() == [ONE_CLICK, "button of the unsubscribe page"]


def test_an_unsubscribe_link_works_after_years(reader):
    link = reader.unsubscribe_link(ANA, reader.campaign("statements"))
    with time_machine.travel(utc_now() + timedelta(days=3650)):
        assert reader.press(link, **{"List-Unsubscribe": "One-Click"}).status_code == 200
    assert reader.standing(ANA)["statements"] is UNSUBSCRIBED


def test_a_campaign_that_is_not_known_any_more_still_means_leaving(reader):
    link = reader.installation.links.unsubscribe(reader.subscriber(ANA).id, 999)
    assert reader.open(link).status_code == 200
    assert reader.press(link, **{"List-Unsubscribe": "One-Click"}).status_code == 200
    assert set(reader.standing(ANA).values()) == {UNSUBSCRIBED}


def test_somebody_who_is_gone_gets_no_error(reader):
    link = reader.installation.links.unsubscribe(999, reader.campaign("statements").id)
    assert reader.press(link, **{"List-Unsubscribe": "One-Click"}).status_code == 200


@pytest.mark.parametrize("kind", ["confirmation", "refusal", "preferences", "unsubscribe"])
def test_a_link_with_any_character_changed_is_not_ours(reader, kind):
    links = {
        "confirmation": reader.confirmation_link(ANA),
        "refusal": reader.refusal_link(ANA),
        "preferences": reader.preferences_link(ANA),
        "unsubscribe": reader.unsubscribe_link(ANA, reader.campaign("statements")),
    }
    before = reader.everything()
    prefix, token = reader.path(links[kind])[:3], reader.path(links[kind])[3:]
    for place, character in enumerate(token):
        other = "A" if character not in "ABCD" else "Q"  # the last character's low bits carry nothing
        path = f"{prefix}{token[:place]}{other}{token[place + 1 :]}"
        answer = reader.client.post(path, data={"List-Unsubscribe": "One-Click", "confirm": "1", "leave": "1"})
        assert answer.status_code == 404, path
    assert reader.everything() == before


@pytest.mark.parametrize("door", ["/a/", "/c/", "/n/", "/p/", "/u/"])
def test_a_token_opens_only_the_door_it_was_made_for(reader, door):
    ids = (reader.subscriber(ANA).id, 1)
    fitting = {
        "/a/": Purpose.MOVE,
        "/c/": Purpose.CONFIRM,
        "/n/": Purpose.REFUSE,
        "/p/": Purpose.PREFERENCES,
        "/u/": Purpose.UNSUBSCRIBE,
    }
    before = reader.everything()
    for purpose in set(Purpose) - {fitting[door]}:
        for given in (ids, ids[:1]):
            token = reader.installation.tokens.make(purpose, *given)
            assert reader.get(f"{door}{token}").status_code == 404
            fields = {"List-Unsubscribe": "One-Click", "leave": "1", "renew": "1"}
            assert reader.client.post(f"{door}{token}", data=fields).status_code == 404
    assert reader.everything() == before


def test_pages_behind_a_token_are_kept_by_nobody(reader):
    links = [
        reader.confirmation_link(ANA),
        reader.refusal_link(ANA),
        reader.preferences_link(ANA),
        reader.unsubscribe_link(ANA, reader.campaign("statements")),
    ]
    for link in links:
        headers = reader.open(link).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in headers["X-Robots-Tag"]
        assert "Set-Cookie" not in headers


def test_preferences_are_saved_and_said_to_be(reader):
    link = reader.preferences_link(ANA)
    page = BeautifulSoup(reader.open(link).text, "lxml")
    assert [box["value"] for box in page.select("input[checked]")] == ["statements", "education"]
    saved = BeautifulSoup(reader.press(link, topic=["education"], language="ar").text, "lxml")
    assert "تم الحفظ" in saved.find(attrs={"role": "status"}).get_text()
    assert reader.standing(ANA) == {"statements": UNSUBSCRIBED, "education": CONFIRMED}
    assert reader.subscriber(ANA).language == "ar"


def test_preferences_without_a_topic_ask_again_and_change_nothing(reader):
    link = reader.preferences_link(ANA)
    before = reader.everything()
    answer = reader.press(link, language="fr")
    assert answer.status_code == 400
    assert "<title>Erreur\u00a0: " in answer.text
    assert "Choisissez au moins un thème, ou quittez-les tous" in answer.text
    assert reader.everything() == before


def test_a_topic_that_is_not_public_can_not_be_chosen(reader):
    _, secret = reader.offer("statements", "internal")
    secret.is_public = False
    reader.session.commit()
    reader.press(reader.preferences_link(ANA), topic=["statements", "internal"])
    reader.sign_up("ben@example.org", "statements", "internal")
    assert "internal" not in reader.standing(ANA)
    assert reader.standing("ben@example.org") == {"statements": PENDING}


def test_the_preferences_leave_everything_with_one_button(reader):
    page = reader.press(reader.preferences_link(ANA), leave="1")
    assert "You are unsubscribed" in page.text
    assert set(reader.standing(ANA).values()) == {UNSUBSCRIBED}


def test_an_old_link_to_the_preferences_offers_a_new_one(reader):
    link = reader.preferences_link(ANA)
    with time_machine.travel(utc_now() + timedelta(days=31)):
        assert reader.open(link).status_code == 410
        assert reader.press(link, leave="1").status_code == 410
        assert set(reader.standing(ANA).values()) == {CONFIRMED}
        assert "Check your inbox" in reader.press(link, renew="1").text
        assert len(reader.mails(ANA)) == 2
