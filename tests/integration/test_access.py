"""Who may use the console, and until when."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from app.database import sessions as session_factory
from app.errors import Conflict, Forbidden, Invalid
from app.models import Role, StaffMember, StaffSession
from app.services import access
from app.services.access import accounts, passwords, sessions, signing_in
from app.services.access.sessions import Limits, Place
from tests import factories

NOW = factories.NOW
ADDRESS, PASSWORD = "Ana@opendoors.example", "correct horse battery"


@pytest.fixture
def session(engine):
    """A session that keeps nothing."""
    with session_factory(engine)() as session:
        yield session
        session.rollback()


@pytest.fixture
def ana(session):
    member = access.add_staff(session, ADDRESS, " Ana Lima ", PASSWORD)
    session.flush()
    return member


def sign_in(session, address: str = ADDRESS, password: str = PASSWORD, now=NOW) -> str:
    key = access.sign_in(session, address, password, now=now, place=Place("Browser", "192.0.2.0/24"))
    session.flush()
    return key


def test_who_signs_in_is_known_by_their_key(session, ana):
    assert access.signed_in(session, sign_in(session), now=NOW) is ana
    assert (ana.name, ana.email, ana.role) == ("Ana Lima", ADDRESS, Role.ADMIN)


def test_the_address_is_found_whatever_its_case(session, ana):
    assert access.signed_in(session, sign_in(session, " ANA@OpenDoors.Example "), now=NOW) is ana


@pytest.mark.parametrize(
    ("address", "password"),
    [
        (ADDRESS, "wrong horse battery"),
        (ADDRESS, ""),
        (ADDRESS, f"{PASSWORD} "),
        (ADDRESS, PASSWORD + "x" * 500),
        ("nobody@opendoors.example", PASSWORD),
        ("", ""),
        ("no address", PASSWORD),
        ("\0", "\0"),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(session, ana, address, password):
    with pytest.raises(Forbidden, match=r"^The address or the password is wrong\.$"):
        sign_in(session, address, password)
    assert session.scalars(select(StaffSession)).all() == []


def test_an_unknown_address_takes_the_work_of_a_known_one(session, ana, monkeypatch):
    session.add(StaffMember(email="b@b.example", identity="b@b.example", name="Invited", password_hash=""))
    checked = []
    verify = PasswordHasher.verify

    def counted(self, *words):
        checked.append(words)
        return verify(self, *words)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for address in (ADDRESS, "nobody@opendoors.example", "no address", "b@b.example"):
        with pytest.raises(Forbidden):
            sign_in(session, address, "wrong horse battery")
    assert len(checked) == 4


def test_guessing_is_slow_work_whatever_is_guessed(real_hashers):
    password, code = (hasher.hash(PASSWORD) for hasher in real_hashers)
    assert password.startswith("$argon2id$v=19$m=19456,t=3,p=1$")
    assert code.startswith("$argon2id$v=19$m=12288,t=3,p=1$")


def test_a_password_that_is_longer_than_any_can_be_is_not_cut_to_fit(session):
    longest = "ramp lantern violet " * 10
    assert len(longest) == passwords.MAXIMUM
    stored = passwords.hashed(longest)
    assert passwords.fits(stored, longest)
    assert not passwords.fits(stored, f"{longest}x")


def test_an_accent_may_be_typed_in_either_way(session):
    assert passwords.fits(passwords.hashed("Zug f\u00e4hrt nach Norden"), "Zug fa\u0308hrt nach Norden")


def test_a_password_stored_with_older_parameters_is_stored_anew_when_it_is_used(session, ana):
    ana.password_hash = old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    session.flush()
    sign_in(session)
    assert ana.password_hash != old
    assert not passwords.is_outdated(ana.password_hash)
    now_stored = ana.password_hash
    sign_in(session)
    assert ana.password_hash == now_stored


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


def test_an_installation_may_want_it_sooner(session, ana, settings):
    chosen = settings.model_copy(update={"session_idle_minutes": 30, "session_days": 1})
    key, limits = sign_in(session), Limits.of(chosen)
    assert sessions.find(session, key, now=NOW + timedelta(minutes=30), limits=limits)
    assert sessions.find(session, key, now=NOW + timedelta(minutes=61), limits=limits) is None
    assert sessions.complete_ones(session, ana, now=NOW + timedelta(minutes=61), limits=limits) == []


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


def test_a_session_that_waits_for_the_second_factor_opens_nothing_and_waits_ten_minutes(session, ana):
    ana.totp_secret = b"sealed"
    key = sign_in(session)
    assert access.signed_in(session, key, now=NOW) is None
    found = sessions.find(session, key, now=NOW + timedelta(minutes=10))
    assert found is not None
    assert (found.is_complete, found.proved_at) == (False, None)
    assert sessions.find(session, key, now=NOW + timedelta(minutes=11)) is None


def test_proof_holds_for_fifteen_minutes(session, ana):
    entry = sessions.find(session, sign_in(session), now=NOW)
    assert sessions.is_proved(entry, now=NOW + timedelta(minutes=15))
    assert not sessions.is_proved(entry, now=NOW + timedelta(minutes=15, seconds=1))
    key = sessions.renew(session, entry, now=NOW + timedelta(hours=1))
    renewed = sessions.find(session, key, now=NOW + timedelta(hours=1, minutes=10))
    assert sessions.is_proved(renewed, now=NOW + timedelta(hours=1, minutes=10))
    assert not sessions.is_proved(entry, now=NOW + timedelta(hours=1, minutes=10))
    assert renewed.created_at == entry.created_at


def test_signing_in_sweeps_away_what_nobody_can_use_any_more(session, ana):
    sign_in(session)
    sign_in(session, now=NOW + timedelta(days=1))
    assert len(session.scalars(select(StaffSession)).all()) == 1


def test_a_disabled_account_is_out_at_once_and_stays_out(session, ana):
    other = access.add_staff(session, "tom@opendoors.example", "Tom", PASSWORD)
    key = sign_in(session)
    accounts.disable(session, ana, by=other)
    session.flush()
    assert access.signed_in(session, key, now=NOW) is None
    with pytest.raises(Forbidden, match=r"^The address or the password is wrong\.$"):
        sign_in(session)
    accounts.enable(ana)
    assert access.signed_in(session, key, now=NOW) is None
    assert sign_in(session)


def test_the_database_holds_neither_keys_nor_passwords(session, ana):
    key = sign_in(session)
    row = session.scalars(select(StaffSession)).one()
    assert key.encode() not in row.key_hash
    assert len(row.key_hash) == 32
    assert ana.password_hash.startswith("$argon2id$")
    assert PASSWORD not in ana.password_hash


def test_a_long_name_of_a_browser_is_cut(session, ana):
    signing_in.sign_in(session, ADDRESS, PASSWORD, now=NOW, place=Place("x" * 5000, "y" * 500))
    session.flush()
    row = session.scalars(select(StaffSession)).one()
    assert (len(row.user_agent), len(row.network)) == (200, 64)


@pytest.mark.parametrize(
    "password", ["", "short", "x" * 11, "x" * 201, "Password2026!", "ana.lima.2026", "AnaLimaAnaLima"]
)
def test_a_password_too_short_too_long_or_easily_guessed_is_refused(session, password):
    with pytest.raises(Invalid) as found:
        access.add_staff(session, ADDRESS, "Ana Lima", password)
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
