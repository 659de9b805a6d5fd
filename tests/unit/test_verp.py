"""Envelope senders: they name a delivery, survive what mail systems do to them, and can't be made up."""

import re
import timeit

from hypothesis import given
from hypothesis import strategies as st

from app.mail.verp import Verp

OLD, NEW = "the older key, long enough to sign with", "the newer key, long enough to sign with"
VERP = Verp([OLD, NEW])
LARGEST = 2**63 - 1


def local_part(verp: Verp, delivery_id: int) -> str:
    local, _, domain = verp.sender(delivery_id, "bounce.example.org").partition("@")
    assert domain == "bounce.example.org"
    return local


@given(st.integers(1, LARGEST))
def test_a_bounce_finds_its_delivery_in_whatever_case_it_comes_back(number: int) -> None:
    local = local_part(VERP, number)
    assert re.fullmatch(r"b\+[0-9]+-[a-z2-7]{16}", local)
    assert len(local) <= 64
    assert VERP.read(local) == VERP.read(local.upper()) == number


@given(st.integers(1, LARGEST), st.integers(1, LARGEST))
def test_the_mac_of_one_delivery_is_good_for_no_other(number: int, other: int) -> None:
    mac = local_part(VERP, number).rpartition("-")[2]
    assert VERP.read(f"b+{other}-{mac}") == (number if number == other else None)


def test_old_mails_bounce_home_after_a_new_key() -> None:
    assert VERP.read(local_part(Verp([OLD]), 7)) == 7
    assert Verp([NEW]).read(local_part(VERP, 7)) == 7
    assert Verp([OLD]).read(local_part(VERP, 7)) is None


def test_nothing_else_is_taken_for_ours() -> None:
    mac = local_part(VERP, 7).rpartition("-")[2]
    for text in ("", "b+7", "bounces+7", f"b+07-{mac}", f"b+7-{mac}x", f"b+7-{mac}\n", f"b+٧-{mac}", "b+7-" + "a" * 16):
        assert VERP.read(text) is None, text


def test_other_signatures_of_the_same_keys_are_no_envelope_senders() -> None:
    assert local_part(Verp(["a" * 40]), 7) != local_part(Verp(["b" * 40]), 7)


def test_writing_one_takes_a_few_microseconds() -> None:
    seconds = min(timeit.repeat(lambda: VERP.sender(1234567, "example.org"), number=1000, repeat=5)) / 1000
    assert seconds < 30e-6, f"{seconds * 1e6:.1f} µs; about 3 are usual"
