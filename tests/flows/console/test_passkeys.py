"""Passkeys, made and shown by a device that is written in Python."""

import json

import pytest
from sqlalchemy import update

from app.models import LetterKind, Passkey, StaffMember
from app.services.access.passkeys import Site
from tests.authenticator import Authenticator
from tests.flows.console.staff_room import (
    COLLEAGUE,
    COLLEAGUES_PASSWORD,
    actions,
    clock,
    codes_on,
    colleague,
    letters,
)
from tests.flows.newsroom import count, only
from tests.flows.press_office import PressOffice


@pytest.fixture
def hands():
    with clock() as hands:
        yield hands


@pytest.fixture
def device():
    return Authenticator()


@pytest.fixture
def with_passkey(hands, office, device):
    """The recovery codes of somebody who has a passkey on the device."""
    codes = codes_on(make(office, device))
    hands.forward(seconds=10)
    return codes


@pytest.fixture
def second(app):
    return PressOffice(app.test_client())


def options(office: PressOffice, path: str) -> dict:
    answer = office.client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    return json.loads(answer.data)


def make(office: PressOffice, device: Authenticator, name: str = "Laptop"):
    page = office.open("/console/account/passkeys/new")
    wanted = options(office, "/console/account/passkeys/challenge")
    return page.press("Make the passkey", passkey=device.make(wanted), name=name)


def show(page, device: Authenticator, button: str = "passkey", **changes):
    wanted = options(PressOffice(page.client), "/console/passkey-challenge") | changes
    return page.press(button, passkey=device.show(wanted))


def test_the_first_passkey_brings_recovery_codes_and_a_mail(with_passkey, office, newsroom):
    assert len(with_passkey) == 10
    made = only(newsroom, Passkey)
    assert (made.name, made.used_at) == ("Laptop", None)
    assert letters(newsroom, LetterKind.ALERT)[-1].subject == "A passkey was added to your account"
    assert "Laptop" in office.open("/console/account").text
    assert "staff.add_passkey" in actions(newsroom)


def test_a_second_one_keeps_the_codes(with_passkey, office, newsroom):
    page = make(office, Authenticator(), "Telephone")
    assert page.path == "/console/account"
    assert count(newsroom, Passkey) == 2


def test_a_passkey_that_knows_its_owner_signs_in_alone(with_passkey, second, device, newsroom):
    page = show(second.open("/console/sign-in?next=/console/statements"), device, "Use a passkey instead")
    assert page.path == "/console/statements"
    assert only(newsroom, Passkey).used_at is not None
    assert only(newsroom, Passkey).sign_count == device.count


def test_one_that_does_not_know_its_owner_needs_the_password_before(with_passkey, second, device):
    device.verifies = False
    page = show(second.open("/console/sign-in"), device, "Use a passkey instead")
    assert (page.status, "not accepted" in page.text) == (403, True)
    page = second.sign_in()
    assert page.path == "/console/sign-in/second-step"
    assert show(page, device, "Use my passkey").path == "/console/"


def test_after_the_password_a_recovery_code_does_as_well(with_passkey, second):
    page = second.sign_in()
    assert "Recovery code" in page.text
    assert page.press("Go on", code="123456").status == 403
    assert page.press("Go on", code=with_passkey[0]).path == "/console/"


def test_an_answer_works_once(with_passkey, second, app, device):
    page = second.open("/console/sign-in")
    wanted = options(second, "/console/passkey-challenge")
    cookie = second.client.get_cookie("session").value
    answer = device.show(wanted)
    assert page.press("Use a passkey instead", passkey=answer).path == "/console/"
    thief = PressOffice(app.test_client())
    thief.client.set_cookie("session", cookie)
    copied = {"passkey": answer, "csrf_token": page.value("csrf_token")}
    refused = thief.client.post("/console/sign-in/passkey", data=copied)
    assert refused.status_code == 403
    assert thief.open("/console/").path == "/console/sign-in"


def test_a_challenge_is_good_for_five_minutes_and_for_this_browser(with_passkey, second, app, device, hands):
    page = second.open("/console/sign-in")
    wanted = options(second, "/console/passkey-challenge")
    other = PressOffice(app.test_client())
    assert other.open("/console/sign-in").press("Use a passkey", passkey=device.show(wanted)).status == 403
    options(other, "/console/passkey-challenge")
    assert other.open("/console/sign-in").press("Use a passkey", passkey=device.show(wanted)).status == 403
    hands.forward(minutes=6)
    assert page.press("Use a passkey", passkey=device.show(wanted)).status == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://evil.example"},
        {"host": "evil.example"},
        {"origin": "https://localhost:8000"},
    ],
)
def test_a_passkey_of_another_site_is_refused(with_passkey, second, device, changes):
    for name, value in changes.items():
        setattr(device, name, value)
    assert show(second.open("/console/sign-in"), device).status == 403


def test_a_key_that_was_copied_shows_by_its_counter(with_passkey, second, app, device):
    assert show(second.open("/console/sign-in"), device).path == "/console/"
    device.count = 0
    assert show(PressOffice(app.test_client()).open("/console/sign-in"), device).status == 403


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "x",
        "null",
        "[]",
        "{}",
        '{"id": "a"}',
        "[" * 50_000,
        '{"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": '
        '{"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "userHandle": "!"}}',
        '{"id": "é", "rawId": "é", "type": "public-key", "response": '
        '{"clientDataJSON": "%", "authenticatorData": "%", "signature": "%"}}',
        "\0" * 100,
        "9" * 5000,
    ],
)
def test_what_is_no_answer_is_refused_without_a_fuss(with_passkey, office, second, answer):
    page = second.open("/console/sign-in")
    options(second, "/console/passkey-challenge")
    assert page.press("Use a passkey instead", passkey=answer).status == 403
    form = office.open("/console/account/passkeys/new")
    options(office, "/console/account/passkeys/challenge")
    assert form.press("Make the passkey", passkey=answer, name="x").status == 400


def test_a_broken_signature_is_refused(with_passkey, second, device):
    page = second.open("/console/sign-in")
    answer = json.loads(device.show(options(second, "/console/passkey-challenge")))
    answer["response"]["signature"] = Authenticator().show({"challenge": "AAAA"})
    answer["response"]["signature"] = json.loads(answer["response"]["signature"])["response"]["signature"]
    assert page.press("Use a passkey instead", passkey=json.dumps(answer)).status == 403


def test_a_colleagues_passkey_is_no_second_step(with_passkey, second, device, newsroom, app):
    colleague(newsroom)
    tom, toms_device = PressOffice(app.test_client()), Authenticator()
    tom.sign_in(COLLEAGUE, COLLEAGUES_PASSWORD)
    make(tom, toms_device)
    page = second.sign_in()
    assert show(page, toms_device, "Use my passkey").status == 403
    assert show(page, device, "Use my passkey").path == "/console/"


def test_a_passkey_is_proof_before_something_grave(with_passkey, office, device, hands):
    hands.forward(minutes=20)
    page = office.open("/console/staff/invite")
    assert page.path == "/console/prove"
    assert show(page, device, "Use a passkey instead").path == "/console/staff/invite"


def test_a_passkey_that_does_not_know_its_owner_is_no_proof(with_passkey, office, device, hands):
    hands.forward(minutes=20)
    device.verifies = False
    assert show(office.open("/console/staff/invite"), device, "Use a passkey instead").status == 403


def test_a_passkey_is_renamed_and_removed_by_its_owner_alone(with_passkey, office, newsroom, app):
    made = only(newsroom, Passkey)
    path = f"/console/account/passkeys/{made.id}"
    page = office.open(path).press("Rename it", name="  Old   laptop ")
    assert "Old laptop" in page.text
    assert office.open(path).press("Rename it", name="").status == 400
    colleague(newsroom)
    tom = PressOffice(app.test_client())
    tom.sign_in(COLLEAGUE, COLLEAGUES_PASSWORD)
    token = tom.open("/console/account").html.select_one('[name="csrf_token"]')["value"]
    assert tom.open(path).status == 404
    for what in ("", "/remove"):
        assert tom.client.post(path + what, data={"csrf_token": token, "name": "x"}).status_code == 404
    page = office.open(path).press("Remove this passkey")
    assert page.path == "/console/account"
    assert count(newsroom, Passkey) == 0
    assert {"staff.rename_passkey", "staff.remove_passkey"} <= set(actions(newsroom))


def test_a_removed_passkey_opens_nothing(with_passkey, office, second, device, newsroom):
    office.open(f"/console/account/passkeys/{only(newsroom, Passkey).id}").press("Remove this passkey")
    assert show(second.open("/console/sign-in"), device).status == 403
    assert second.sign_in().path == "/console/"


def test_the_passkey_of_a_disabled_account_opens_nothing(with_passkey, second, device, newsroom):
    newsroom.execute(update(StaffMember).values(is_enabled=False))
    newsroom.commit()
    assert show(second.open("/console/sign-in"), device).status == 403


def test_the_same_passkey_is_not_kept_twice(with_passkey, office, device, newsroom):
    page = make(office, device)
    assert page.status == 400
    assert count(newsroom, Passkey) == 1


def test_an_installation_without_a_name_has_no_passkeys(settings):
    known = {"http://127.0.0.1:8000": False, "http://news.example": False, "https://news.example": True}
    for url, can in known.items():
        assert Site.of(settings.model_copy(update={"public_url": url})).can_have_passkeys is can
