"""Who comes into the console, and who stays out."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import select, text

from app import create_app
from app.db import db
from app.models import AuditEntry, Campaign, StaffSession, Statement
from tests.flows.newsroom import count, only, publish, rows_of_everything, send
from tests.flows.press_office import ADDRESS, PASSWORD, STATEMENT, PressOffice


@contextmanager
def built(settings):
    """An application of its own, and nothing of it left open afterwards."""
    app = create_app(settings)
    yield app
    with app.app_context():
        db.engine.dispose()
    close_limiters(app)


def close_limiters(app):
    for limiter in app.extensions["limiter"]:
        limiter.storage.storage.close()


def test_signing_in_begins_a_new_session_and_leads_back(stranger, newsroom):
    page = stranger.open("/console/statements/new")
    assert page.path == "/console/sign-in"
    before = stranger.client.get_cookie("session").value
    page = page.press("Sign in", email=f"  {ADDRESS.upper()} ", password=PASSWORD)
    assert page.path == "/console/statements/new"
    assert stranger.client.get_cookie("session").value != before
    assert count(newsroom, StaffSession) == 1


@pytest.mark.parametrize(("address", "password"), [(ADDRESS, "wrong"), ("nobody@example.org", PASSWORD), ("", "")])
def test_every_failure_to_sign_in_gets_the_same_answer(stranger, newsroom, address, password):
    page = stranger.sign_in(address, password)
    assert page.status == 403
    assert page.title.startswith("Error: Sign in")
    assert "The address or the password is wrong." in page.text
    assert page.value("email") == address
    assert page.value("password") == ""
    assert count(newsroom, StaffSession) == 0


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example/console/",
        "/console/\\..\\evil",
        "/console/\r\nSet-Cookie: a=b",
        "/console/ //evil",
        "/statements",
        "javascript:alert(1)",
        "/consoleevil.example",
        "",
    ],
)
def test_after_signing_in_nobody_is_led_out_of_the_console(stranger, target):
    page = stranger.open("/console/sign-in").press("Sign in", email=ADDRESS, password=PASSWORD, next=target)
    assert page.path == "/console/"


def test_a_cookie_copied_before_signing_out_is_worthless_afterwards(office, app):
    cookie = office.client.get_cookie("session").value
    page = office.open("/console/").press("Sign out")
    assert "You are signed out." in page.text
    thief = app.test_client()
    thief.set_cookie("session", cookie)
    answer = thief.get("/console/statements")
    assert (answer.status_code, answer.location) == (303, "/console/sign-in?next=/console/statements")


def test_a_session_ends_after_eight_idle_hours_and_after_a_week(stranger):
    office = stranger
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        office.sign_in()
        clock.shift(8 * 3600 - 1)
        assert office.open("/console/").path == "/console/"
        clock.shift(8 * 3600 - 1)
        assert office.open("/console/").path == "/console/"
        clock.shift(8 * 3600 + 1)
        assert office.open("/console/").path == "/console/sign-in"
        office.sign_in()
        for _ in range(24):
            clock.shift(7 * 3600)
            last = office.open("/console/").path
        assert last == "/console/"
        clock.shift(3600)
        assert office.open("/console/").path == "/console/sign-in"


def test_an_eleventh_attempt_within_a_minute_is_refused_even_with_the_right_password(stranger):
    for _ in range(10):
        assert stranger.sign_in(password="wrong").status == 403
    page = stranger.sign_in()
    assert page.status == 429
    assert 1 <= int(page.response.headers["Retry-After"]) <= 60
    assert "too many attempts" in page.text
    assert "Wait a minute" in page.text
    assert stranger.open("/console/").path == "/console/sign-in"


def test_the_wait_grows_from_a_minute_to_an_hour(stranger, app):
    (counted,) = {limiter.storage for limiter in app.extensions["limiter"]}
    for _ in range(3):
        for key in counted.storage.keys("*/10/1/minute"):
            counted.storage.delete(key)
        seen = [stranger.sign_in(password="wrong").status for _ in range(10)]
    assert seen == [403] * 10
    page = stranger.sign_in()
    assert page.status == 429
    assert int(page.response.headers["Retry-After"]) > 60
    assert "minutes, then try again" in page.text


def test_of_a_thousand_guesses_ten_are_looked_at(stranger, newsroom, let_the_minute_last):
    page = stranger.open("/console/sign-in")
    seen = [page.press("Sign in", email=ADDRESS, password=str(number)).status for number in range(10)]
    let_the_minute_last()
    seen += [page.press("Sign in", email=ADDRESS, password=str(number)).status for number in range(10, 1000)]
    assert seen[:10] == [403] * 10
    assert set(seen[10:]) == {429}
    assert count(newsroom, AuditEntry) == 10


def test_signing_in_rightly_is_not_counted(app, newsroom):
    assert {PressOffice(app.test_client()).sign_in().path for _ in range(12)} == {"/console/"}


def test_guessing_from_elsewhere_keeps_nobody_out(stranger, app):
    for number in range(3):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"198.51.{number}.1"
        for _ in range(11):
            PressOffice(client).sign_in(password="wrong")
    assert stranger.sign_in().path == "/console/"


def test_guessing_from_everywhere_keeps_nobody_out_of_where_they_were(stranger, app):
    stranger.sign_in().press("Sign out")
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "198.51.100.1"
    elsewhere = PressOffice(client)
    elsewhere.sign_in(password="wrong")
    (counted,) = {limiter.storage for limiter in app.extensions["limiter"]}
    for key in counted.storage.keys("*/100/1/hour"):
        counted.storage.incrby(key, 100)
    assert elsewhere.sign_in().status == 429
    assert stranger.sign_in().path == "/console/"


def test_signing_in_and_failing_to_are_written_down_without_what_was_typed(stranger, newsroom):
    stranger.sign_in(password="wrong")
    stranger.sign_in("my-secret@example.org", PASSWORD)
    stranger.sign_in().press("Sign out")
    newsroom.rollback()
    rows = newsroom.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    told = [(row.action, row.object_name, row.who, row.network) for row in rows]
    assert told == [
        ("staff.sign_in_refused", ADDRESS, "nobody signed in", "127.0.0.1"),
        ("staff.sign_in_refused", "", "nobody signed in", "127.0.0.1"),
        ("staff.sign_in", ADDRESS, ADDRESS, "127.0.0.1"),
        ("staff.sign_out", ADDRESS, ADDRESS, "127.0.0.1"),
    ]
    assert "secret" not in repr([(row.details, row.object_id) for row in rows])


def test_without_redis_staff_can_still_sign_in(newsroom, settings, caplog):
    with built(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})) as app:
        assert PressOffice(app.test_client()).sign_in().path == "/console/"
        assert "rate limit" in caplog.text.lower()


def test_what_was_typed_is_shown_when_the_session_has_ended(office, newsroom):
    page = office.open("/console/statements/new")
    newsroom.execute(text("DELETE FROM staff_sessions"))
    newsroom.commit()
    page = page.press("Save", **STATEMENT)
    assert page.status == 401
    assert "Nothing was saved or sent." in page.text
    assert STATEMENT["body"] in page.html.get_text()
    assert count(newsroom, Statement) == 0


def staff_routes(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console.")]


def address_of(rule):
    values = {"public_id": "6f1d3a60-3a1c-4c5e-9d52-0f8a1f6a7b11"}
    for name, converter in rule._converters.items():
        values.setdefault(name, 1 if type(converter).__name__ == "IntegerConverter" else "x")
    return rule.build(values)[1]


def test_every_page_asks_strangers_to_sign_in(stranger, app):
    for rule in staff_routes(app):
        if "GET" in rule.methods and app.view_functions[rule.endpoint].access != "sign-in":
            answer = stranger.client.get(address_of(rule))
            assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/console/sign-in"), rule


def test_no_form_is_accepted_without_its_token(office, newsroom, app):
    publish(office)
    before = rows_of_everything(newsroom)
    for rule in staff_routes(app):
        if "POST" in rule.methods:
            answer = office.client.post(address_of(rule), data=STATEMENT | {"email": ADDRESS, "password": PASSWORD})
            assert answer.status_code == 400, rule
            assert b"Nothing was changed." in answer.data
            forged = office.client.post(address_of(rule), data={"csrf_token": "forged"})
            assert forged.status_code == 400, rule
    assert rows_of_everything(newsroom) == before
    assert office.open("/console/").path == "/console/"


def test_looking_changes_nothing(office, newsroom, app):
    send(office)
    before = rows_of_everything(newsroom)
    public_id = str(only(newsroom, Campaign).public_id)
    for rule in staff_routes(app):
        if "GET" in rule.methods:
            path = address_of(rule).replace("6f1d3a60-3a1c-4c5e-9d52-0f8a1f6a7b11", public_id)
            assert office.client.get(path).status_code in (200, 303, 404, 409), rule
            office.client.head(path)
            office.client.options(path)
    assert rows_of_everything(newsroom) == before


def test_what_does_not_exist_is_not_found_inside_the_frame(office):
    for path in (
        "/console/statements/99",
        "/console/statements/99999999999999999999/edit",
        "/console/campaigns/6f1d3a60-3a1c-4c5e-9d52-0f8a1f6a7b11",
        "/console/campaigns/6f1d3a60-3a1c-4c5e-9d52-0f8a1f6a7b11/progress",
    ):
        page = office.open(path)
        assert (page.status, page.title[:16]) == (404, "Error: Not found"), path
        assert page.link("Statements")


def test_the_token_check_works_behind_https(newsroom, settings):
    with built(settings.model_copy(update={"public_url": "https://localhost"})) as app:
        client = app.test_client()
        form = client.get("/console/sign-in", base_url="https://localhost")
        assert form.headers["Referrer-Policy"] == "same-origin"
        assert form.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        cookie = form.headers["Set-Cookie"]
        assert cookie.startswith("__Host-session=")
        for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
            assert part in cookie
        token = form.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        data = {"email": ADDRESS, "password": PASSWORD, "csrf_token": token}
        there = {"base_url": "https://localhost", "data": data}
        assert client.post("/console/sign-in", **there, headers={"Referer": "https://evil.example/"}).status_code == 400
        assert client.post("/console/sign-in", **there, headers={"Referer": "https://localhost/"}).status_code == 303
