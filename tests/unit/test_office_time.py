"""The office's clock: what staff type becomes one moment or a sentence that says what is wrong with it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.services.office_time import parse_moment, spell_moment, spell_time

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-12-01 09:00", "2026-12-01T08:00"),
        ("  2026-07-01   09:00 ", "2026-07-01T07:00"),
        ("2026-12-01T09:00", "2026-12-01T08:00"),
        ("2026-03-29 01:59", "2026-03-29T00:59"),
        ("2026-03-29 03:00", "2026-03-29T01:00"),
        ("2026-10-25 01:59", "2026-10-24T23:59"),
        ("2026-10-25 03:00", "2026-10-25T02:00"),
    ],
)
def test_a_time_is_read_by_the_offices_clock(typed, meant):
    assert parse_moment(typed, BERLIN, now=NOW).isoformat().removesuffix(":00+00:00") == meant


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("tomorrow", "“tomorrow” is no day and time. Write it like 2026-12-01 09:00."),
        ("2026-02-30 09:00", "is no day and time"),
        ("2026-12-01", "is no day and time"),
        ("2026-03-01 09:59", "That is past: in Europe/Berlin it is 2026-03-01 10:00 now."),
        ("2026-03-01 10:00", "That is past"),
        ("2026-03-29 02:30", "There is no 02:30 on 2026-03-29 in Europe/Berlin: the clocks go forward"),
        ("2026-10-25 02:30", "02:30 comes twice on 2026-10-25 in Europe/Berlin: the clocks go back."),
    ],
)
def test_what_is_no_single_future_moment_is_refused_in_a_sentence(typed, words):
    with pytest.raises(Invalid) as refused:
        parse_moment(typed, BERLIN, now=NOW)
    (problem,) = refused.value.problems
    assert words in problem.message
    assert problem.field == "at"


@given(st.integers(1, 5_000_000), st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"]))
def test_a_time_on_the_offices_clock_is_read_back_as_that_moment_unless_it_comes_twice(minutes, name):
    zone, moment = ZoneInfo(name), NOW + timedelta(minutes=minutes)
    shown = moment.astimezone(zone)
    if shown.utcoffset() == shown.replace(fold=1 - shown.fold).utcoffset():
        assert parse_moment(f"{shown:%Y-%m-%d %H:%M}", zone, now=NOW) == moment
    else:
        with pytest.raises(Invalid, match="comes twice"):
            parse_moment(f"{shown:%Y-%m-%d %H:%M}", zone, now=NOW)


def test_moments_are_spelled_with_their_zone_and_today_only_by_the_time_of_day():
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert spell_moment(NOW) == "March 1, 2026 at 09:00 UTC"
    assert spell_moment(late, BERLIN) == "March 2, 2026 at 00:30 Europe/Berlin"
    assert spell_time(NOW + timedelta(hours=1), BERLIN, now=NOW) == "11:00"
    assert spell_time(late, BERLIN, now=NOW) == "March 2, 2026 at 00:30 Europe/Berlin"
