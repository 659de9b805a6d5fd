"""Who may use the console, and until when."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.database import sessions
from app.errors import Conflict, Forbidden, Invalid
from app.models import StaffMember, StaffSession
from app.services import access
from tests import factories

NOW = factories.NOW
ADDRESS, PASSWORD = "Ana@opendoors.example", "correct horse battery"


@pytest.fixture
def session(engine):
    """A session that keeps nothing."""
    with sessions(engine)() as session:
        yield session
        session.rollback()


@pytest.fixture
def ana(session):
    member = access.add_staff(session, ADDRESS, " Ana Lima ", PASSWORD)
    session.flush()
    return member


def sign_in(session, address: str = ADDRESS, password: str = PASSWORD, now=NOW) -> str:
    key = access.sign_in(session, address, password, now=now, user_agent="Browser")
    session.flush()
    return key


def test_who_signs_in_is_known_by_their_key(session, ana):
    key = sign_in(session)
    assert access.signed_in(session, key, now=NOW) is ana
    assert ana.name == "Ana Lima"


@pytest.mark.parametrize("address", ["ana@opendoors.example", "ANA@OPENDOORS.EXAMPLE", " Ana@opendoors.example "])
def test_the_case_of_the_address_does_not_matter(session, ana, address):
    assert sign_in(session, address)


@pytest.mark.parametrize(
    ("address", "password"),
    [
        (ADDRESS, "wrong horse battery"),
        (ADDRESS, ""),
        (ADDRESS, PASSWORD + " "),
        (ADDRESS, PASSWORD.upper()),
        ("nobody@opendoors.example", PASSWORD),
        ("no address", PASSWORD),
        ("", ""),
        ("a\0@opendoors.example", "\0"),
        (ADDRESS, "x" * 100_000),
    ],
)
def test_every_failure_sounds_the_same(session, ana, address, password):
    with pytest.raises(Forbidden, match=r"^The address or the password is wrong\.$"):
        sign_in(session, address, password)
    assert session.scalars(select(StaffSession)).all() == []


def test_an_unknown_address_takes_the_work_of_a_known_one(session, ana, monkeypatch):
    checked = []
    verify = type(access._hasher).verify

    def counted(self, *words):
        checked.append(words)
        return verify(self, *words)

    monkeypatch.setattr(type(access._hasher), "verify", counted)
    for address in (ADDRESS, "nobody@opendoors.example", "no address"):
        with pytest.raises(Forbidden):
            sign_in(session, address, "wrong horse battery")
    assert len(checked) == 3


def test_checking_a_password_is_work_and_not_too_much(session, ana):
    begun = time.process_time()
    sign_in(session)
    assert 0.005 < time.process_time() - begun < 2


def test_signing_out_ends_the_session_whatever_the_cookie_says(session, ana):
    key, other = sign_in(session), sign_in(session)
    access.sign_out(session, key)
    assert access.signed_in(session, key, now=NOW) is None
    assert access.signed_in(session, other, now=NOW) is ana
    access.sign_out(session, key)


@pytest.mark.parametrize("key", ["", "x", "é", "\0", "a" * 10_000])
def test_a_made_up_key_is_nobodys(session, ana, key):
    sign_in(session)
    assert access.signed_in(session, key, now=NOW) is None


def test_after_eight_idle_hours_one_has_to_sign_in_again(session, ana):
    key = sign_in(session)
    assert access.signed_in(session, key, now=NOW + timedelta(hours=8)) is ana
    key = sign_in(session)
    assert access.signed_in(session, key, now=NOW + timedelta(hours=8, seconds=1)) is None


def test_who_goes_on_working_stays_signed_in_but_not_for_more_than_a_week(session, ana):
    key = sign_in(session)
    hours = 0
    while hours < 7 * 24:
        assert access.signed_in(session, key, now=NOW + timedelta(hours=hours)) is ana, hours
        hours += 6
    assert access.signed_in(session, key, now=NOW + timedelta(days=7, seconds=1)) is None


def test_looking_at_many_pages_writes_once_a_minute(session, ana):
    key = sign_in(session)
    session.flush()
    for second in (1, 30, 60):
        access.signed_in(session, key, now=NOW + timedelta(seconds=second))
        assert not session.dirty
    access.signed_in(session, key, now=NOW + timedelta(seconds=61))
    assert session.dirty


def test_a_disabled_account_is_out_at_once_and_stays_out(session, ana):
    key = sign_in(session)
    ana.is_enabled = False
    session.flush()
    assert access.signed_in(session, key, now=NOW) is None
    with pytest.raises(Forbidden, match=r"^The address or the password is wrong\.$"):
        sign_in(session)


def test_the_database_holds_neither_keys_nor_passwords(session, ana):
    key = sign_in(session)
    row = session.scalars(select(StaffSession)).one()
    assert key.encode() not in row.key_hash
    assert len(row.key_hash) == 32
    assert ana.password_hash.startswith("$argon2id$")
    assert PASSWORD not in ana.password_hash


def test_a_long_name_of_a_browser_is_cut(session, ana):
    access.sign_in(session, ADDRESS, PASSWORD, now=NOW, user_agent="x" * 5000)
    session.flush()
    assert len(session.scalars(select(StaffSession)).one().user_agent) == 200


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 201])
def test_a_password_too_short_or_too_long_is_refused(session, password):
    with pytest.raises(Invalid) as found:
        access.add_staff(session, ADDRESS, "Ana", password)
    assert [problem.field for problem in found.value.problems] == ["password"]


@pytest.mark.parametrize("name", ["", "  ", "Ana\nLima", "Ana\0", "n" * 201])
def test_a_name_that_could_not_be_shown_is_refused(session, name):
    with pytest.raises(Invalid) as found:
        access.add_staff(session, ADDRESS, name, PASSWORD)
    assert [problem.field for problem in found.value.problems] == ["name"]


def test_a_bad_address_is_refused_and_a_known_one_has_its_account(session, ana):
    with pytest.raises(Invalid):
        access.add_staff(session, "ana", "Ana", PASSWORD)
    with pytest.raises(Conflict, match="has an account already"):
        access.add_staff(session, ADDRESS.upper(), "Ana", PASSWORD)
    assert len(session.scalars(select(StaffMember)).all()) == 1
