"""My account: where one is signed in, and one's own password."""

import pytest
from sqlalchemy import select

from app.models import LetterKind, StaffSession
from tests.flows.console.staff_room import COLLEAGUE, COLLEAGUES_PASSWORD, actions, clock, colleague, letters
from tests.flows.newsroom import count
from tests.flows.press_office import ADDRESS, PASSWORD, PressOffice

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.0 Mobile/15E148 Safari/604.1"
)
NEW = "three small grey doors"


@pytest.fixture
def second(app):
    """The same person in another browser."""
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = IPHONE
    client.environ_base["REMOTE_ADDR"] = "198.51.100.77"
    second = PressOffice(client)
    second.sign_in()
    return second


@pytest.fixture
def office(newsroom, app):
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    office = PressOffice(client)
    office.sign_in()
    return office


def test_the_page_names_each_browser_and_marks_this_one(office, second):
    page = office.open("/console/account")
    rows = [row.get_text(" ", strip=True) for row in page.html.select("tbody tr")]
    assert len(rows) == 2
    here, there = next(row for row in rows if "This browser" in row), next(row for row in rows if "Sign out" in row)
    assert here.startswith("Firefox on Windows 127.0.0.0/24")
    assert there.startswith("Safari on iPhone 198.51.100.0/24")


def test_one_other_browser_can_be_signed_out(office, second, newsroom):
    row = office.open("/console/account")
    button = next(b for b in row.html.select("tbody button") if "Sign out" in b.get_text())
    data = {field["name"]: field["value"] for field in button.find_parent("form").select("input")}
    answer = office.client.post("/console/account/sign-out-there", data=data, follow_redirects=True)
    assert "You are signed out there." in answer.text
    assert second.open("/console/").path == "/console/sign-in"
    assert office.open("/console/").path == "/console/"
    assert "staff.end_session" in actions(newsroom)


def test_everywhere_else_at_once(office, second, app, newsroom):
    PressOffice(app.test_client()).sign_in()
    page = office.open("/console/account").press("Sign out everywhere else")
    assert "signed out in 2 other places" in page.text
    assert second.open("/console/").path == "/console/sign-in"
    assert count(newsroom, StaffSession) == 1


def test_nobody_signs_a_colleague_out(office, newsroom, app):
    colleague(newsroom)
    tom = PressOffice(app.test_client())
    tom.sign_in(COLLEAGUE, COLLEAGUES_PASSWORD)
    page = tom.open("/console/account")
    token = page.html.select_one('[name="csrf_token"]')["value"]
    for number in newsroom.scalars(select(StaffSession.id)):
        chosen = {"csrf_token": token, "session_id": str(number)}
        assert tom.client.post("/console/account/sign-out-there", data=chosen).status_code == 404
    for typed in ("", "x", "-1", "9" * 40, "１"):
        chosen = {"csrf_token": token, "session_id": typed}
        assert tom.client.post("/console/account/sign-out-there", data=chosen).status_code == 404
    assert office.open("/console/").path == "/console/"


def test_a_new_password_ends_the_other_sessions_and_is_told_by_mail(office, second, newsroom, app):
    page = office.open("/console/account/password").press(
        "Change the password", current_password=PASSWORD, new_password=NEW
    )
    assert page.path == "/console/account"
    assert office.open("/console/").path == "/console/"
    assert second.open("/console/").path == "/console/sign-in"
    assert letters(newsroom, LetterKind.ALERT)[-1].subject == "Your password was changed"
    assert second.sign_in(ADDRESS, PASSWORD).status == 403
    assert second.sign_in(ADDRESS, NEW).path == "/console/"
    assert "staff.change_password" in actions(newsroom)


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("wrong", NEW, "current_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, "OpenDoors2026!", "new_password"),
        (PASSWORD, "inesfalk123456", "new_password"),
    ],
)
def test_a_password_that_is_refused_changes_nothing(office, second, current, new, field):
    page = office.open("/console/account/password").press(
        "Change the password", current_password=current, new_password=new
    )
    assert page.title.startswith("Error:")
    assert page.html.select_one(f"#{field}")["aria-invalid"] == "true"
    assert page.value("new_password") == page.value("current_password") == ""
    assert second.open("/console/").path == "/console/"


def test_the_present_password_can_be_guessed_ten_times_a_minute(office):
    page = office.open("/console/account/password")
    seen = [page.press("Change", current_password=str(n), new_password=NEW).status for n in range(12)]
    assert seen == [403] * 10 + [429] * 2


def test_seen_moves_on_while_one_works(office):
    with clock() as hands:
        hands.forward(minutes=5)
        page = office.open("/console/account")
        since, seen = (time["datetime"] for time in page.html.select("tbody time"))
        assert since < seen
