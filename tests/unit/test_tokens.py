"""Signed links: good for one purpose, for their time, from our own hand; anything else is one and the same no."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

from app.errors import Expired, NotFound
from app.tokens import Purpose, Tokens

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
OLD, NEW = "the older key, long enough to sign with", "the newer key, long enough to sign with"
TOKENS = Tokens([OLD, NEW])
IDS = {
    Purpose.CONFIRM: (7, 12),
    Purpose.REFUSE: (7, 12),
    Purpose.PREFERENCES: (7,),
    Purpose.UNSUBSCRIBE: (7, 12),
    Purpose.FORM: ("subscribe",),
    Purpose.PERSON: (7,),
    Purpose.MOVE: (7,),
}
EXPIRING = [purpose for purpose in Purpose if purpose.value.max_age]


def types(purpose: Purpose) -> tuple[type, ...]:
    return tuple(type(one) for one in IDS[purpose])


@pytest.mark.parametrize("purpose", Purpose)
def test_a_link_gives_back_its_ids(purpose: Purpose) -> None:
    assert TOKENS.read(purpose, TOKENS.make(purpose, *IDS[purpose]), types(purpose)) == IDS[purpose]


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("other", Purpose)
def test_a_link_made_for_one_purpose_is_good_for_no_other(purpose: Purpose, other: Purpose) -> None:
    token = TOKENS.make(purpose, *IDS[purpose])
    if purpose is other:
        return
    with pytest.raises(NotFound):
        TOKENS.read(other, token, types(purpose))
    if other in EXPIRING:
        with pytest.raises(NotFound):
            TOKENS.read_expired(other, token, types(purpose))


@pytest.mark.parametrize("purpose", EXPIRING)
def test_a_link_is_good_for_its_time_and_not_longer(purpose: Purpose) -> None:
    age = purpose.value.max_age
    assert age
    token = TOKENS.make(purpose, *IDS[purpose], at=NOW)
    with time_machine.travel(NOW + age, tick=False):
        assert TOKENS.read(purpose, token, types(purpose)) == IDS[purpose]
    with time_machine.travel(NOW + age + timedelta(seconds=1), tick=False), pytest.raises(Expired):
        TOKENS.read(purpose, token, types(purpose))


def test_confirmations_last_three_days_and_forms_four_hours() -> None:
    assert Purpose.CONFIRM.value.max_age == timedelta(hours=72)
    assert Purpose.FORM.value.max_age == timedelta(hours=4)


def test_unsubscribing_never_expires() -> None:
    token = TOKENS.make(Purpose.UNSUBSCRIBE, 7, 12)
    with time_machine.travel(NOW + timedelta(days=20 * 365), tick=False):
        assert TOKENS.read(Purpose.UNSUBSCRIBE, token, (int, int)) == (7, 12)


def test_from_an_expired_link_a_fresh_one_can_be_offered_but_not_from_a_forged_one() -> None:
    token = TOKENS.make(Purpose.CONFIRM, 7, 12, at=NOW - timedelta(days=900))
    assert TOKENS.read_expired(Purpose.CONFIRM, token, (int, int)) == (7, 12)
    for forged, asked in ((token + "x", (int, int)), (token, (str, str)), (token, (int,)), ("", (int, int))):
        with pytest.raises(NotFound):
            TOKENS.read_expired(Purpose.CONFIRM, forged, asked)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_link_changed_at_any_character_opens_nothing_else(purpose: Purpose) -> None:
    token = TOKENS.make(purpose, *IDS[purpose])
    for place in range(len(token)):
        for other in "A_q9.":
            changed = token[:place] + other + token[place + 1 :]
            if changed != token:
                with pytest.raises(NotFound):
                    TOKENS.read(purpose, changed, types(purpose))


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_link_that_a_mail_program_cut_off_is_not_one_of_ours(cut: int) -> None:
    for purpose in Purpose:
        with pytest.raises(NotFound):
            TOKENS.read(purpose, TOKENS.make(purpose, *IDS[purpose])[:-cut], types(purpose))


@given(st.text())
def test_any_text_at_all_is_answered_with_the_same_words(text: str) -> None:
    for purpose in Purpose:
        with pytest.raises(NotFound, match=r"^This link is not one of ours\.$"):
            TOKENS.read(purpose, text, types(purpose))


def test_a_lone_surrogate_is_no_link_either() -> None:
    with pytest.raises(NotFound):
        TOKENS.read(Purpose.UNSUBSCRIBE, "\udc80.x", (int, int))


@pytest.mark.parametrize("purpose", Purpose)
def test_links_outlive_a_new_key_and_die_with_their_own(purpose: Purpose) -> None:
    before = Tokens([OLD]).make(purpose, *IDS[purpose])
    after = TOKENS.make(purpose, *IDS[purpose])
    assert TOKENS.read(purpose, before, types(purpose)) == IDS[purpose]
    assert Tokens([NEW]).read(purpose, after, types(purpose)) == IDS[purpose]
    for keys, token in (([NEW], before), ([OLD], after)):
        with pytest.raises(NotFound):
            Tokens(keys).read(purpose, token, types(purpose))


@pytest.mark.parametrize(
    ("made", "asked"),
    [((7,), (int, int)), ((7, 12, 1), (int, int)), (("7", 12), (int, int)), ((7, "x"), (int, int)), ((), (int,)),
     ((True, 12), (int, int))],
)  # fmt: skip
def test_ids_of_another_kind_or_number_are_refused(made: tuple[object, ...], asked: tuple[type, ...]) -> None:
    token = TOKENS.make(Purpose.UNSUBSCRIBE, *made)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        TOKENS.read(Purpose.UNSUBSCRIBE, token, asked)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_second_copy_of_a_mail_has_the_same_links_at_any_later_time(purpose: Purpose) -> None:
    with time_machine.travel(NOW, tick=False):
        first = TOKENS.make(purpose, *IDS[purpose], at=NOW)
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        assert TOKENS.make(purpose, *IDS[purpose], at=NOW) == first


def test_making_a_dated_link_leaves_the_next_one_at_the_present() -> None:
    with time_machine.travel(NOW, tick=False):
        TOKENS.make(Purpose.CONFIRM, 7, 12, at=NOW - timedelta(days=900))
        assert TOKENS.read(Purpose.CONFIRM, TOKENS.make(Purpose.CONFIRM, 7, 12), (int, int)) == (7, 12)


@given(st.integers(0, 2**63), st.integers(0, 2**63))
def test_a_link_holds_only_what_a_mail_program_leaves_alone(one: int, two: int) -> None:
    token = TOKENS.make(Purpose.UNSUBSCRIBE, one, two)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert len(token) < 120


REPETITIVE = st.builds(lambda digit, times: int(str(digit) * times), st.integers(1, 9), st.integers(1, 18))


@settings(max_examples=300)
@given(st.lists(st.integers(1, 2**63) | REPETITIVE, min_size=1, max_size=3))
def test_links_are_written_as_itsdangerous_would_write_them(numbers: list[int]) -> None:
    options = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    plain = URLSafeSerializer([OLD, NEW], salt="unsubscribe", signer_kwargs=options)
    timed = URLSafeTimedSerializer([OLD, NEW], salt="prefs", signer_kwargs=options)
    assert TOKENS.make(Purpose.UNSUBSCRIBE, *numbers) == plain.dumps(numbers)
    with time_machine.travel(NOW, tick=False):
        assert TOKENS.make(Purpose.PREFERENCES, *numbers) == timed.dumps(numbers)
    assert TOKENS.make(Purpose.PREFERENCES, *numbers, at=NOW) == TOKENS.make(
        Purpose.PREFERENCES, *numbers, at=NOW.astimezone(timezone(timedelta(hours=5)))
    )
