"""A forgotten password and an invitation: a link by mail, a form, one press of a button."""

import pytest
from sqlalchemy import select, update

from app.console import links
from app.models import LetterKind, Role, StaffMember
from tests.flows.console.staff_room import (
    COLLEAGUE,
    actions,
    clock,
    colleague,
    letters,
    link_in,
    set_up_app,
    text_of,
)
from tests.flows.newsroom import rows_of_everything
from tests.flows.press_office import ADDRESS, PASSWORD, PressOffice

NEW = "three small grey doors"


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(links, "TAKES", 0.0)


def forget(office: PressOffice, address: str = ADDRESS):
    return office.open("/console/forgotten").press("Mail me a link", email=address)


def set_password(page, password: str = NEW):
    return page.press("Set the password", new_password=password)


def test_a_forgotten_password_is_replaced_by_a_mailed_link(stranger, office, newsroom):
    assert "a mail with a link is on its way" in forget(stranger).text
    (letter,) = letters(newsroom, LetterKind.RESET)
    assert letter.recipient == ADDRESS
    page = set_password(stranger.open(link_in(letter)))
    assert (page.path, "Your password is set." in page.text) == ("/console/sign-in", True)
    assert office.open("/console/").path == "/console/sign-in"
    assert stranger.sign_in(ADDRESS, PASSWORD).status == 403
    assert stranger.sign_in(ADDRESS, NEW).path == "/console/"
    assert letters(newsroom)[-1].subject == "Your password was changed"
    assert [action for action in actions(newsroom) if "reset" in action] == [
        "staff.ask_for_reset",
        "staff.reset_password",
    ]


def test_every_address_gets_the_same_answer(stranger, newsroom):
    colleague(newsroom).is_enabled = False
    newsroom.commit()
    pages = [forget(stranger, address) for address in (ADDRESS, "nobody@opendoors.example", COLLEAGUE, "odd@", "@")]
    assert {(page.status, page.path, page.text) for page in pages} == {(200, "/console/forgotten/sent", pages[0].text)}
    assert [letter.recipient for letter in letters(newsroom)] == [ADDRESS]


def test_the_time_tells_nobody_whose_address_it_is(stranger, newsroom, monkeypatch):
    waited = []
    monkeypatch.setattr("app.web.same_time.sleep", waited.append)
    monkeypatch.setattr(links, "TAKES", 100.0)
    for address in (ADDRESS, "nobody@opendoors.example"):
        stranger.open("/console/forgotten").press("Mail me a link", email=address)
    assert [seconds > 50 for seconds in waited] == [True, True]


def test_what_is_no_address_is_said_to_be_none(stranger):
    page = forget(stranger, "ines")
    assert (page.status, page.value("email")) == (400, "ines")


def test_five_mails_an_hour_are_enough(stranger, app, newsroom):
    for number in range(4):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"198.51.{number}.1"
        for _ in range(2):
            assert forget(PressOffice(client)).path == "/console/forgotten/sent"
    assert len(letters(newsroom, LetterKind.RESET)) == 5
    seen = [forget(stranger, "nobody@opendoors.example").status for _ in range(7)]
    assert seen == [200] * 5 + [429] * 2


def test_looking_at_a_link_changes_nothing(stranger, newsroom):
    forget(stranger)
    path, before = link_in(letters(newsroom)[0]), rows_of_everything(newsroom)
    for _ in range(3):
        answer = stranger.client.get(path)
        assert answer.status_code == 200
        assert answer.headers["Referrer-Policy"] == "strict-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        stranger.client.head(path)
        stranger.client.options(path)
    assert rows_of_everything(newsroom) == before
    assert set_password(stranger.open(path)).path == "/console/sign-in"


def test_a_link_works_once(stranger, newsroom):
    forget(stranger)
    page = stranger.open(link_in(letters(newsroom)[0]))
    set_password(page)
    again = set_password(page, "another small grey door")
    assert (again.status, "was used already" in again.text) == (410, True)
    assert stranger.open(page.path).status == 410
    assert stranger.sign_in(ADDRESS, NEW).path == "/console/"


def test_a_link_works_for_thirty_minutes(stranger, newsroom):
    with clock() as hands:
        forget(stranger)
        page = stranger.open(link_in(letters(newsroom)[0]))
        hands.forward(minutes=30)
        assert set_password(page).status == 410
        assert stranger.open(page.path).status == 410
        assert stranger.sign_in(ADDRESS, PASSWORD).path == "/console/"


def test_only_the_latest_link_works(stranger, newsroom):
    forget(stranger)
    forget(stranger)
    first, second = map(link_in, letters(newsroom, LetterKind.RESET))
    assert stranger.open(first).status == 410
    assert set_password(stranger.open(second)).path == "/console/sign-in"


def test_a_link_of_an_account_that_was_disabled_is_worthless(stranger, newsroom):
    forget(stranger)
    newsroom.execute(update(StaffMember).values(is_enabled=False))
    newsroom.commit()
    assert stranger.open(link_in(letters(newsroom)[0])).status == 410


@pytest.mark.parametrize("key", ["x", "a" * 43, "é", "%00", "a" * 3000])
def test_a_made_up_link_is_none(stranger, newsroom, key):
    assert stranger.open(f"/console/link/{key}").status == 404


def test_a_weak_password_leaves_the_link_as_it_was(stranger, newsroom):
    forget(stranger)
    page = set_password(stranger.open(link_in(letters(newsroom)[0])), "OpenDoors2026")
    assert (page.status, page.html.select_one("#new_password")["aria-invalid"]) == (400, "true")
    assert set_password(page).path == "/console/sign-in"


def test_a_new_password_does_not_replace_the_second_factor(stranger, office, newsroom):
    with clock() as hands:
        app, _ = set_up_app(office)
        hands.forward(minutes=1)
        forget(stranger)
        set_password(stranger.open(link_in(letters(newsroom, LetterKind.RESET)[0])))
        page = stranger.sign_in(ADDRESS, NEW)
        assert page.path == "/console/sign-in/second-step"
        assert page.press("Go on", code=app.shows()).path == "/console/"


def test_an_invited_colleague_chooses_a_password_and_comes_in(office, stranger, newsroom):
    page = office.open("/console/staff/invite").press(
        "Send the invitation", name="Mia Roth", email="mia@opendoors.example", role="approver"
    )
    assert (page.path, "Mia Roth is invited." in page.text) == ("/console/staff", True)
    (letter,) = letters(newsroom, LetterKind.INVITATION)
    assert "Inés Falk" in text_of(letter)
    assert stranger.sign_in("mia@opendoors.example", "").status == 403
    page = stranger.open(link_in(letter))
    assert "Welcome, Mia Roth" in page.text
    set_password(page)
    assert stranger.sign_in("mia@opendoors.example", NEW).path == "/console/"
    newsroom.rollback()
    assert newsroom.scalars(select(StaffMember.role).where(StaffMember.name == "Mia Roth")).one() is Role.APPROVER
    assert {"staff.invite", "staff.accept_invitation"} <= set(actions(newsroom))
    assert letters(newsroom, LetterKind.ALERT) == []


def test_the_key_stands_in_the_mail_alone(stranger, newsroom):
    forget(stranger)
    key = link_in(letters(newsroom)[0]).rpartition("/")[2]
    tables = rows_of_everything(newsroom)
    assert not any(key in row for table, rows in tables.items() if table != "letters" for row in rows)
