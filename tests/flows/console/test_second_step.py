"""The second step of signing in: codes, recovery codes, and what a half-open door shows."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from app.models import LetterKind, StaffMember, StaffSession
from app.services import site
from app.services.access import recovery
from tests.flows.console.staff_room import actions, clock, codes_on, letters, set_up_app, text_of
from tests.flows.newsroom import count, only
from tests.flows.press_office import ADDRESS, PressOffice


@pytest.fixture
def hands():
    with clock() as hands:
        yield hands


@pytest.fixture
def with_app(hands, office):
    """The app and the recovery codes of somebody who has turned the second factor on."""
    app, codes = set_up_app(office)
    hands.forward(seconds=30)
    return app, codes


@pytest.fixture
def second(app):
    """Another browser."""
    return PressOffice(app.test_client())


def test_turning_it_on_shows_ten_codes_once_and_says_so_by_mail(with_app, office, newsroom):
    _, codes = with_app
    assert len(codes) == 10
    page = office.open("/console/account")
    assert "Your password alone lets nobody in." in page.text
    assert "10 are left" in page.text
    assert not any(code in page.text for code in codes)
    (letter,) = letters(newsroom, LetterKind.ALERT)
    assert letter.recipient == ADDRESS
    assert "authenticator app was set up" in text_of(letter)
    assert actions(newsroom)[-2:] == ["staff.codes_on", "staff.make_recovery_codes"]


def test_a_wrong_first_code_keeps_the_drawing(hands, office, newsroom):
    page = office.open("/console/account/codes")
    key = page.html.select_one("code.key").get_text()
    page = page.press("Switch it on", code="000000")
    assert (page.status, page.title[:6]) == (400, "Error:")
    assert page.html.select_one("code.key").get_text() == key
    assert page.html.select_one("#code")["aria-invalid"] == "true"
    assert only(newsroom, StaffMember).totp_secret is None


def test_each_visit_offers_another_key_and_keeps_none(office, newsroom):
    keys = {office.open("/console/account/codes").html.select_one("code.key").get_text() for _ in range(3)}
    assert len(keys) == 3
    assert only(newsroom, StaffMember).totp_secret is None


def test_the_password_alone_opens_nothing(with_app, second, newsroom):
    page = second.sign_in(at="/console/statements")
    assert page.path == "/console/sign-in/second-step"
    assert "Signed in as" not in page.text
    for path in ("/console/", "/console/account", "/console/account/codes", "/console/statements/new"):
        assert second.open(path).path == "/console/sign-in", path


def test_password_and_code_lead_to_where_one_wanted_to_go(with_app, second):
    app, _ = with_app
    before = second.sign_in(at="/console/statements")
    key = second.client.get_cookie("session").value
    page = before.press("Go on", code=app.shows())
    assert page.path == "/console/statements"
    assert second.client.get_cookie("session").value != key


def test_a_code_that_was_used_is_refused_even_in_its_own_half_minute(with_app, second, app):
    telephone, _ = with_app
    code = telephone.shows()
    assert second.sign_in().press("Go on", code=code).path == "/console/"
    third = PressOffice(app.test_client())
    page = third.sign_in().press("Go on", code=code)
    assert page.status == 403
    assert "was used already" in page.text
    assert third.open("/console/").path == "/console/sign-in"


def test_a_code_of_two_minutes_ago_is_too_old(with_app, second, hands):
    telephone, _ = with_app
    code = telephone.shows()
    page = second.sign_in()
    hands.forward(minutes=2)
    assert page.press("Go on", code=code).status == 403
    assert page.press("Go on", code=telephone.shows()).path == "/console/"


def test_after_ten_minutes_the_password_is_asked_for_again(with_app, second, hands):
    telephone, _ = with_app
    page = second.sign_in()
    hands.forward(minutes=11)
    assert page.press("Go on", code=telephone.shows()).path == "/console/sign-in"


def test_a_recovery_code_lets_in_once_and_its_owner_is_told(with_app, second, app, newsroom):
    _, codes = with_app
    page = second.sign_in().press("Go on", code=codes[3].upper())
    assert page.path == "/console/"
    assert "You have 9 recovery codes left." in page.text
    assert "one of your recovery codes" in " ".join(text_of(letters(newsroom)[-1]).split())
    third = PressOffice(app.test_client())
    assert third.sign_in().press("Go on", code=codes[3]).status == 403


def test_new_recovery_codes_void_the_former_ones_and_their_owner_is_told(with_app, office, second, newsroom):
    _, codes = with_app
    new = codes_on(office.open("/console/account").press("Make new recovery codes"))
    assert len(set(new) | set(codes)) == 20
    assert letters(newsroom)[-1].subject == "New recovery codes were made for your account"
    page = second.sign_in()
    assert page.press("Go on", code=codes[0]).status == 403
    assert page.press("Go on", code=new[0]).path == "/console/"


def test_two_hundred_guesses_are_slowed_to_ten_a_minute(with_app, second, newsroom, let_the_minute_last):
    page = second.sign_in()
    statuses = [page.press("Go on", code=f"{number:06}").status for number in range(10)]
    let_the_minute_last()
    statuses += [page.press("Go on", code=f"{number:06}").status for number in range(10, 200)]
    assert statuses.count(403) == 10
    assert statuses.count(429) == 190
    assert actions(newsroom).count("staff.sign_in_refused") == 10


def test_a_failure_is_written_down_with_the_account(with_app, second, newsroom):
    second.sign_in().press("Go on", code="000000")
    assert actions(newsroom)[-1] == "staff.sign_in_refused"


def test_a_copied_cookie_of_the_half_open_door_is_worthless_once_somebody_came_in(with_app, second, app):
    telephone, _ = with_app
    page = second.sign_in()
    cookie = second.client.get_cookie("session").value
    page.press("Go on", code=telephone.shows())
    thief = app.test_client()
    thief.set_cookie("session", cookie)
    assert thief.get("/console/sign-in/second-step").status_code == 303
    assert thief.get("/console/").location.startswith("/console/sign-in")


def test_switching_it_off_asks_and_takes_the_recovery_codes_along(with_app, office, newsroom):
    page = office.open("/console/account/codes/off").press("Switch it off")
    assert page.path == "/console/account"
    member = only(newsroom, StaffMember)
    assert (member.totp_secret, recovery.left(newsroom, member)) == (None, 0)
    assert "staff.codes_off" in actions(newsroom)


def test_where_it_is_required_nothing_else_is_open_until_it_is_set_up(hands, office, newsroom, requires_second_factor):
    for path in ("/console/", "/console/statements", "/console/staff"):
        page = office.open(path)
        assert page.path == "/console/account/codes", path
        assert "Everybody here needs a second factor." in page.text
    assert office.open("/console/account").path == "/console/account"
    set_up_app(office)
    assert office.open("/console/statements").path == "/console/statements"
    page = office.open("/console/account/codes/off").press("Switch it off")
    assert (page.status, only(newsroom, StaffMember).totp_secret is None) == (409, False)


@pytest.fixture
def requires_second_factor(newsroom, monkeypatch):
    get = site.get
    monkeypatch.setattr(site, "get", lambda *given: replace(get(*given), require_second_factor=True))


def test_a_disabled_account_is_not_let_in_by_its_code(with_app, second, newsroom):
    telephone, _ = with_app
    page = second.sign_in()
    newsroom.execute(update(StaffMember).values(is_enabled=False))
    newsroom.commit()
    assert page.press("Go on", code=telephone.shows()).path == "/console/sign-in"
    assert count(newsroom, StaffSession) == 2
