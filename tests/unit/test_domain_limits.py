"""Limits of recipients' domains and the warm-up as they are written."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain_limits import DomainLimit, parse_domain_limits
from app.ramp import parse_ramp, ramp_limit


def test_groups_and_their_limits_are_read() -> None:
    assert parse_domain_limits("Gmail.com 20/s 5000/h 50000/d; outlook.com 10/s;\n example.org+example.net 5/s;") == (
        DomainLimit(("gmail.com",), 20, 5000, 50_000),
        DomainLimit(("outlook.com",), 10),
        DomainLimit(("example.org", "example.net"), 5),
    )
    assert parse_domain_limits(" ") == ()


def test_domains_may_belong_together_without_a_limit() -> None:
    assert parse_domain_limits("example.org+example.net") == (DomainLimit(("example.org", "example.net")),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gmail.com 20", "“20” is no limit: write it like"),
        ("gmail.com 20/m", "“20/m” is no limit"),
        ("gmail.com 0/s", "“0/s” is no limit"),
        ("gmail.com 20/s 30/s", "gmail.com has two limits per s: keep one"),
        ("gmail.com, outlook.com 5/s", "“gmail.com,” is no domain"),
        ("news@gmail.com 5/s", "is no domain"),
        ("example.org+ 5/s", "“” is no domain"),
        ("münchen.example 5/s", "xn--mnchen-3ya.example"),
        ("a.example 5/s; b.example+a.example 6/s", "a.example stands there twice"),
    ],
)
def test_each_slip_gets_a_sentence(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".{20}") as refused:
        parse_domain_limits(text)
    assert words in str(refused.value)


@given(st.integers(0, 10**8), st.integers(0, 10**8), st.integers(0, 10**8))
def test_what_is_shown_can_be_read_again(second: int, hour: int, day: int) -> None:
    limit = DomainLimit(("example.org", "example.net"), second, hour, day)
    assert parse_domain_limits(str(limit)) == (limit,)


@given(st.text())
def test_any_text_is_limits_or_refused_with_a_sentence(text: str) -> None:
    for read in (parse_domain_limits, parse_ramp):
        try:
            read(text)
        except ValueError as refused:
            assert len(str(refused)) > 15  # noqa: PT017


def test_a_warm_up_grows_by_date_and_ends() -> None:
    ramp, first = parse_ramp("200, 500,1000"), date(2026, 11, 25)
    days = [first.replace(day=day) for day in (24, 25, 26, 27, 28)]
    assert [ramp_limit(ramp, first, day) for day in days] == [200, 200, 500, 1000, 0]
    assert ramp_limit(ramp, None, first) == 0
    assert ramp_limit((), first, first) == 0


@pytest.mark.parametrize("text", ["0", "200,-1", "200;500", "many", "²"])
def test_a_warm_up_that_is_no_list_of_numbers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="commas between them"):
        parse_ramp(text)
