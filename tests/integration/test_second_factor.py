"""Codes and recovery codes: each once, and only those of their owner."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from app.database import sessions as factory
from app.errors import Invalid
from app.models import Passkey, RecoveryCode, StaffMember, StaffSession
from app.services import access
from app.services.access import recovery, second_factor, sessions, totp
from app.services.access.sealed import Safe
from app.services.access.sessions import Place
from tests.factories import NOW
from tests.flows.newsroom import at_once

SAFE = Safe(["the-only-key-of-a-test-that-is-long"])
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(seconds: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(NOW + timedelta(seconds=seconds))


@pytest.fixture
def ana(session):
    return access.add_staff(session, "ana@opendoors.example", "Ana", "correct horse battery")


@pytest.fixture
def with_app(session, ana):
    totp.set_up(session, SAFE, ana, SECRET, code(-90 + 60), now=NOW - timedelta(seconds=60))
    return ana


def test_setting_up_takes_the_code_that_the_app_shows(session, ana):
    with pytest.raises(Invalid) as found:
        totp.set_up(session, SAFE, ana, SECRET, code(300), now=NOW)
    assert [problem.field for problem in found.value.problems] == ["code"]
    assert not second_factor.is_set_up(session, ana)
    totp.set_up(session, SAFE, ana, SECRET, code(), now=NOW)
    assert second_factor.is_set_up(session, ana)
    assert SECRET.encode() not in ana.totp_secret


def test_the_code_that_set_it_up_signs_nobody_in(session, ana):
    totp.set_up(session, SAFE, ana, SECRET, code(), now=NOW)
    assert not totp.accept(session, SAFE, ana, code(), now=NOW)
    assert totp.accept(session, SAFE, ana, code(30), now=NOW)


def test_a_code_is_taken_once_and_an_older_one_not_afterwards(session, with_app):
    assert totp.accept(session, SAFE, with_app, code(30), now=NOW)
    assert not totp.accept(session, SAFE, with_app, code(30), now=NOW)
    assert not totp.accept(session, SAFE, with_app, code(), now=NOW)
    assert totp.accept(session, SAFE, with_app, code(60), now=NOW + timedelta(seconds=60))


def test_of_two_who_type_the_same_code_at_once_one_comes_in(session, engine, with_app):
    session.commit()

    def accept() -> bool:
        with factory(engine)() as own:
            taken = totp.accept(own, SAFE, own.get_one(StaffMember, with_app.id), code(), now=NOW)
            own.commit()
            return taken

    assert sorted(at_once(*[accept] * 4)) == [False, False, False, True]


def test_a_secret_whose_key_is_gone_lets_nobody_in_and_breaks_nothing(session, with_app):
    assert not totp.accept(session, Safe(["another-key-altogether-that-is-long"]), with_app, code(), now=NOW)
    assert totp.accept(session, SAFE, with_app, code(), now=NOW)


def test_a_used_code_moves_the_secret_to_the_newest_key(session, with_app):
    newer = Safe(["the-only-key-of-a-test-that-is-long", "and-a-newer-one-that-is-long-enough"])
    assert totp.accept(session, newer, with_app, code(), now=NOW)
    assert Safe(["and-a-newer-one-that-is-long-enough"]).open(with_app.totp_secret) == SECRET


def test_ten_recovery_codes_work_once_each(session, ana):
    codes = recovery.make(session, ana)
    assert len(set(codes)) == 10
    first = codes[0]
    assert recovery.use(session, ana, f" {first.upper().replace('-', ' ')} ", now=NOW)
    assert not recovery.use(session, ana, first, now=NOW)
    assert recovery.left(session, ana) == 9
    assert recovery.use(session, ana, codes[9], now=NOW)


def test_recovery_codes_are_kept_like_passwords_and_new_ones_replace_them(session, ana):
    codes = recovery.make(session, ana)
    stored = session.scalars(select(RecoveryCode.code_hash)).all()
    assert all(value.startswith(b"$argon2id$") for value in stored)
    assert not any(code.replace("-", "").encode() in value for code in codes for value in stored)
    recovery.make(session, ana)
    assert not recovery.use(session, ana, codes[0], now=NOW)
    assert recovery.left(session, ana) == 10


@pytest.mark.parametrize("typed", ["", "abcd", "abcd-efgh-jkmn", "\0" * 12, "a" * 5000, "１２３４１２３４１２３４"])
def test_what_is_no_recovery_code_is_refused(session, ana, typed):
    recovery.make(session, ana)
    assert not recovery.use(session, ana, typed, now=NOW)


def test_the_recovery_code_of_a_colleague_is_none(session, ana):
    tom = access.add_staff(session, "tom@opendoors.example", "Tom", "correct horse battery")
    assert not recovery.use(session, tom, recovery.make(session, ana)[0], now=NOW)


def test_taking_the_second_factor_away_takes_all_of_it_and_ends_the_sessions(session, with_app):
    recovery.make(session, with_app)
    session.add(Passkey(staff_member_id=with_app.id, credential_id=b"1", public_key=b"2", name="Laptop"))
    sessions.begin(session, with_app, Place(), now=NOW)
    second_factor.remove(session, with_app)
    session.flush()
    assert not second_factor.is_set_up(session, with_app)
    assert [session.scalars(select(kind)).all() for kind in (Passkey, RecoveryCode, StaffSession)] == [[], [], []]


def test_recovery_codes_stay_as_long_as_there_is_something_to_recover(session, with_app):
    recovery.make(session, with_app)
    passkey = Passkey(staff_member_id=with_app.id, credential_id=b"1", public_key=b"2", name="Laptop")
    session.add(passkey)
    totp.switch_off(with_app)
    session.flush()
    second_factor.tidy(session, with_app)
    assert recovery.left(session, with_app) == 10
    session.delete(passkey)
    session.flush()
    second_factor.tidy(session, with_app)
    assert recovery.left(session, with_app) == 0
