"""Codes of authenticator apps, against the time steps of RFC 6238."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from app.errors import NotFound
from app.models import StaffMember
from app.services.access import totp
from app.services.access.sealed import Safe

NOW = datetime(2026, 11, 24, 9, 0, 10, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SAFE = Safe(["the-only-key-of-a-test-that-is-long"])
ANA, TOM = StaffMember(id=1, email="ana@opendoors.example"), StaffMember(id=2, email="tom@opendoors.example")


def code(at: datetime) -> str:
    return pyotp.TOTP(SECRET).at(at)


@pytest.mark.parametrize("early", [-30, 0, 30])
def test_the_code_of_a_clock_that_is_half_a_minute_wrong_is_taken(early):
    at = NOW + timedelta(seconds=early)
    assert totp.step_of(SECRET, code(at), NOW) == int(at.timestamp()) // 30


@pytest.mark.parametrize("early", [-90, -60, 60, 90, 86_400])
def test_the_code_of_another_time_is_not(early):
    assert totp.step_of(SECRET, code(NOW + timedelta(seconds=early)), NOW) is None


def test_blanks_in_a_code_do_not_matter():
    digits = code(NOW)
    assert totp.step_of(SECRET, f" {digits[:3]} {digits[3:]} ", NOW) == int(NOW.timestamp()) // 30


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "1" * 5000, "\0" * 6])
def test_what_is_no_code_is_refused_without_a_fuss(typed):
    assert totp.step_of(SECRET, typed, NOW) is None


def test_a_secret_has_160_bits_and_no_two_are_the_same():
    made = {totp.new_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(secret) for secret in made} == {32}


def test_the_app_is_told_the_account_and_the_organisation():
    found = pyotp.parse_uri(totp.address(SECRET, ANA, "Open Doors: International"))
    assert (found.secret, found.name, found.issuer) == (SECRET, ANA.email, "Open Doors  International")


def test_the_drawing_needs_no_style_and_nothing_from_elsewhere():
    drawing = totp.drawing(totp.address(SECRET, ANA, "Open Doors International"))
    assert drawing.startswith("<svg")
    assert not any(sign in drawing for sign in ("style", "href", "http", "script", "class"))


def test_a_secret_that_was_handed_out_comes_back_to_the_same_person_only():
    handed_out = totp.hand_out(SAFE, ANA, SECRET)
    assert SECRET not in handed_out
    assert totp.take_back(SAFE, ANA, handed_out) == SECRET
    for wrong in (totp.hand_out(SAFE, TOM, SECRET), handed_out[:-4] + "AAAA", "", "é"):
        with pytest.raises(NotFound):
            totp.take_back(SAFE, ANA, wrong)


def test_secrets_outlive_a_new_signing_key_and_move_to_it():
    old, both, new = Safe(["o" * 40]), Safe(["o" * 40, "n" * 40]), Safe(["n" * 40])
    sealed = old.seal(SECRET)
    assert both.open(sealed) == SECRET
    assert new.open(both.renewed(sealed)) == SECRET
    with pytest.raises(NotFound):
        new.open(sealed)
