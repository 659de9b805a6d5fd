"""Before something grave one shows the password again; what was typed meanwhile arrives all the same."""

import pytest
from sqlalchemy import select

from app.models import StaffMember
from tests.flows.console.staff_room import actions, clock
from tests.flows.newsroom import rows_of_everything
from tests.flows.press_office import PASSWORD, PressOffice

INVITATION = {"name": "Mia Roth", "email": "mia@opendoors.example", "role": "viewer"}


@pytest.fixture
def hands():
    with clock() as hands:
        yield hands


def is_invited(session) -> bool:
    session.rollback()
    return session.scalar(select(StaffMember.id).where(StaffMember.name == "Mia Roth")) is not None


def test_for_fifteen_minutes_signing_in_is_proof_enough(hands, office):
    hands.forward(minutes=14)
    assert office.open("/console/staff/invite").path == "/console/staff/invite"


def test_afterwards_the_password_is_asked_for_and_leads_back(hands, office):
    hands.forward(minutes=16)
    page = office.open("/console/staff/invite")
    assert page.path == "/console/prove"
    assert page.press("Go on", proof=PASSWORD).path == "/console/staff/invite"
    hands.forward(minutes=14)
    assert office.open("/console/staff/invite").path == "/console/staff/invite"


def test_who_copied_the_cookie_before_has_no_proof_and_is_out(hands, office, app):
    hands.forward(minutes=16)
    page, cookie = office.open("/console/staff/invite"), office.client.get_cookie("session").value
    thief = PressOffice(app.test_client())
    thief.client.set_cookie("session", cookie)
    data = {"csrf_token": page.value("csrf_token"), "proof": PASSWORD}
    assert office.client.post("/console/prove", data=data).status_code == 303
    assert thief.open("/console/staff/invite").path == "/console/prove"
    assert office.open("/console/staff/invite").path == "/console/staff/invite"
    assert thief.open("/console/staff/invite").path == "/console/sign-in"


def test_a_button_that_is_pressed_twice_signs_nobody_out(hands, office):
    hands.forward(minutes=16)
    page, cookie = office.open("/console/staff/invite"), office.client.get_cookie("session").value
    office.client.post("/console/prove", data={"csrf_token": page.value("csrf_token"), "proof": PASSWORD})
    office.client.set_cookie("session", cookie)
    assert page.press("Go on", proof=PASSWORD).path == "/console/staff/invite"


def test_what_was_typed_for_too_long_is_not_lost(hands, office, newsroom):
    form = office.open("/console/staff/invite")
    hands.forward(minutes=20)
    page = form.press("Send the invitation", **INVITATION)
    assert (page.status, "Nothing that you typed is lost." in page.text) == (401, True)
    assert not is_invited(newsroom)
    wrong = page.press("Go on", proof="wrong")
    assert wrong.status == 403
    assert wrong.html.select_one("#proof")["aria-invalid"] == "true"
    assert not is_invited(newsroom)
    done = _again(office, wrong)
    assert done.status_code == 303
    assert is_invited(newsroom)


def _again(office, page):
    """Press Go on as a browser does: a redirect that keeps method and body is followed with both."""
    form = page.html.select_one("#proof").find_parent("form")
    data = {field["name"]: field["value"] for field in form.select("input[name]")} | {"proof": PASSWORD}
    answer = office.client.post("/console/prove", data=data)
    assert (answer.status_code, answer.location) == (307, "/console/staff/invite")
    return office.client.post(answer.location, data=data)


def test_passwords_are_not_carried_along(hands, office):
    hands.forward(minutes=20)
    page = office.open("/console/account/codes")
    token = page.html.select_one('[name="csrf_token"]')["value"]
    typed = {"csrf_token": token, "code": "123456", "some_password": "secret thing", "a": ["1", "2"]}
    answer = office.client.post("/console/account/codes", data=typed)
    assert answer.status_code == 401
    assert "secret thing" not in answer.text
    assert answer.text.count('name="a"') == 2


def test_without_proof_nothing_grave_happens(hands, office, newsroom):
    page = office.open("/console/account")
    token = page.html.select_one('[name="csrf_token"]')["value"]
    hands.forward(minutes=16)
    before = rows_of_everything(newsroom)
    for path in (
        "account/codes",
        "account/codes/off",
        "account/recovery-codes",
        "account/passkeys",
        "account/passkeys/1/remove",
        "staff/invite",
        "staff/1/role",
        "staff/1/disable",
        "staff/1/enable",
        "staff/1/link",
        "staff/1/second-factor",
        "settings",
        "audit/export",
    ):
        answer = office.client.post(f"/console/{path}", data={"csrf_token": token})
        assert answer.status_code in {401, 409}, path
    assert rows_of_everything(newsroom) == before


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/statements", "/consoleevil", ""])
def test_proof_leads_nowhere_else(hands, office, target):
    hands.forward(minutes=16)
    page = office.open("/console/staff/invite")
    for again in ("", "yes"):
        data = {"csrf_token": page.value("csrf_token"), "proof": PASSWORD, "next": target, "again": again}
        assert office.client.post("/console/prove", data=data).location == "/console/"


def test_guesses_are_written_down_and_slowed(hands, office, newsroom):
    hands.forward(minutes=16)
    page = office.open("/console/staff/invite")
    seen = [page.press("Go on", proof=str(number)).status for number in range(12)]
    assert seen == [403] * 10 + [429] * 2
    assert actions(newsroom).count("staff.sign_in_refused") == 10
