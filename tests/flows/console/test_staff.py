"""What an admin does with colleagues' accounts."""

import pytest

from app.models import AuditEntry, LetterKind, Passkey, Role, StaffMember
from app.services.access import recovery
from tests.flows.console.staff_room import (
    COLLEAGUE,
    COLLEAGUES_PASSWORD,
    actions,
    colleague,
    letters,
    link_in,
    text_of,
)
from tests.flows.press_office import ADDRESS, PressOffice


@pytest.fixture
def tom(newsroom):
    return colleague(newsroom)


@pytest.fixture
def toms_browser(tom, app):
    browser = PressOffice(app.test_client())
    browser.sign_in(COLLEAGUE, COLLEAGUES_PASSWORD)
    return browser


def now(session, member):
    session.rollback()
    session.refresh(member)
    return member


def test_the_list_shows_everybody_with_role_second_factor_and_when_they_were_seen(office, tom):
    page = office.open("/console/staff")
    rows = {
        row.select_one("th").get_text(" ", strip=True): row.get_text(" ", strip=True)
        for row in page.html.select("tbody tr")
    }
    assert list(rows) == [f"Inés Falk (you) {ADDRESS}", f"Tom Berg {COLLEAGUE}"]
    assert "Admin No" in rows[f"Inés Falk (you) {ADDRESS}"]
    assert "Author No Never In use" in rows[f"Tom Berg {COLLEAGUE}"]


def test_who_is_alone_is_told_to_invite_somebody(office):
    page = office.open("/console/staff")
    assert "You are alone so far." in page.text
    assert page.link("Invite somebody") == "/console/staff/invite"


def test_a_new_role_holds_at_once(office, tom, toms_browser, newsroom):
    assert toms_browser.open("/console/staff").status == 403
    page = office.open(f"/console/staff/{tom.id}").press("Change the role", role="admin")
    assert page.path == f"/console/staff/{tom.id}"
    assert now(newsroom, tom).role is Role.ADMIN
    assert toms_browser.open("/console/").path == "/console/sign-in"
    toms_browser.sign_in(COLLEAGUE, COLLEAGUES_PASSWORD)
    assert toms_browser.open("/console/staff").status == 200
    entry = newsroom.query(AuditEntry).filter_by(action="staff.change_role").one()
    assert (entry.object_name, entry.details) == (COLLEAGUE, {"before": "author", "after": "admin"})


def test_a_role_that_there_is_not_is_refused(office, tom, newsroom):
    page = office.open(f"/console/staff/{tom.id}").press("Change the role", role="owner")
    assert (page.status, now(newsroom, tom).role) == (400, Role.AUTHOR)


def test_who_is_disabled_is_out_at_once_and_can_be_let_in_again(office, tom, toms_browser, newsroom):
    page = office.open(f"/console/staff/{tom.id}/disable").press("Disable the account")
    assert "is signed out everywhere" in page.text
    assert toms_browser.open("/console/").path == "/console/sign-in"
    assert toms_browser.sign_in(COLLEAGUE, COLLEAGUES_PASSWORD).status == 403
    page.press("Enable the account")
    assert toms_browser.sign_in(COLLEAGUE, COLLEAGUES_PASSWORD).path == "/console/"
    assert [action for action in actions(newsroom) if "able" in action] == ["staff.disable", "staff.enable"]


def test_nobody_disables_or_demotes_themselves(office, newsroom):
    me = newsroom.query(StaffMember).one()
    page = office.open(f"/console/staff/{me.id}")
    assert page.buttons == []
    token = page.html.select_one('[name="csrf_token"]')["value"]
    for path in ("role", "disable"):
        answer = office.client.post(f"/console/staff/{me.id}/{path}", data={"csrf_token": token, "role": "viewer"})
        assert answer.status_code == 409, path
    assert now(newsroom, me).role is Role.ADMIN


def test_a_link_to_a_new_password_can_be_sent(office, tom, newsroom, stranger):
    page = office.open(f"/console/staff/{tom.id}").press("Mail a link to a new password")
    assert COLLEAGUE in page.text
    (letter,) = letters(newsroom, LetterKind.RESET)
    assert stranger.open(link_in(letter)).status == 200
    assert "staff.send_link" in actions(newsroom)


def test_an_invitation_can_be_sent_again(office, newsroom, stranger):
    office.open("/console/staff/invite").press(
        "Send the invitation", name="Mia Roth", email="mia@opendoors.example", role="author"
    )
    page = office.open("/console/staff").link("Mia Roth")
    office.open(page).press("Send the invitation again")
    first, second = map(link_in, letters(newsroom, LetterKind.INVITATION))
    assert (stranger.open(first).status, stranger.open(second).status) == (410, 200)


def test_a_lost_second_factor_is_taken_away_for_a_reason(office, tom, toms_browser, newsroom):
    tom.totp_secret = b"sealed"
    newsroom.add(Passkey(staff_member_id=tom.id, credential_id=b"1", public_key=b"2", name="Laptop"))
    recovery.make(newsroom, tom)
    newsroom.commit()
    form = office.open(f"/console/staff/{tom.id}/second-factor")
    page = form.press("Take it away", reason="  ")
    assert (page.status, page.html.select_one("#reason")["aria-invalid"]) == (400, "true")
    page = form.press("Take it away", reason="Telephone lost, he came by.")
    assert "signs in with the password alone" in page.text
    assert toms_browser.open("/console/").path == "/console/sign-in"
    assert toms_browser.sign_in(COLLEAGUE, COLLEAGUES_PASSWORD).path == "/console/"
    entry = newsroom.query(AuditEntry).filter_by(action="staff.reset_second_factor").one()
    assert entry.details == {"reason": "Telephone lost, he came by."}
    assert "second factor" in letters(newsroom)[-1].subject
    assert letters(newsroom)[-1].recipient == COLLEAGUE
    assert text_of(letters(newsroom)[-1])


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "", "email": "mia@opendoors.example", "role": "author"}, "name"),
        ({"name": "Mia", "email": "mia", "role": "author"}, "email"),
        ({"name": "Mia", "email": ADDRESS.upper(), "role": "author"}, "email"),
        ({"name": "Mia", "email": "mia@opendoors.example", "role": "owner"}, "role"),
    ],
)
def test_an_invitation_that_cannot_be_sent_keeps_what_was_typed(office, newsroom, typed, field):
    page = office.open("/console/staff/invite").press("Send the invitation", **typed)
    assert (page.status, page.title[:6]) == (400, "Error:")
    assert (page.value("name"), page.value("email")) == (typed["name"], typed["email"])
    assert page.html.select_one(f"#{field}-error")
    assert letters(newsroom) == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUTHOR, Role.APPROVER])
def test_only_admins_see_and_change_staff(newsroom, app, role):
    made = colleague(newsroom, role)
    browser = PressOffice(app.test_client())
    browser.sign_in(COLLEAGUE, COLLEAGUES_PASSWORD)
    for path in ("staff", "staff/invite", "staff/1", f"staff/{made.id}", "staff/1/disable"):
        assert browser.open(f"/console/{path}").status == 403, path
    assert browser.open("/console/account").status == 200


def test_somebody_who_is_not_there_is_not_found(office):
    for path in ("staff/99", "staff/99/disable", "staff/99/second-factor", "staff/99999999999999999999"):
        assert office.open(f"/console/{path}").status == 404, path
