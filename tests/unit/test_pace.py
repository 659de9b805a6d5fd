"""How much is claimed at once: about a second's work, whatever the relay's pace."""

from hypothesis import given
from hypothesis import strategies as st

from worker.delivery.pace import LARGEST, SMALLEST, Pace


def driven(rate: float, seconds: float, step: float = 0.05) -> Pace:
    """A pace after so many seconds of a relay that answers so many messages a second."""
    pace, answered = Pace(), 0
    for tick in range(1, int(seconds / step) + 1):
        due = int(rate * tick * step)
        pace.answered(due - answered, 100 + tick * step)
        answered = due
    return pace


def test_a_fast_relay_gets_large_windows_within_a_few_seconds():
    assert driven(5000, 3).target == LARGEST


def test_a_slow_relay_gets_small_windows():
    assert driven(3, 10).target == SMALLEST


def test_a_relay_of_two_hundred_a_second_gets_about_a_seconds_work():
    assert 100 <= driven(200, 10).target <= 400


def test_a_relay_that_becomes_slow_gets_less_within_seconds():
    pace = driven(5000, 3)
    for second in range(8):
        pace.answered(10, 104.0 + second)
    assert pace.target <= 60


@given(st.lists(st.tuples(st.integers(0, 5000), st.floats(0, 30)), max_size=50))
def test_windows_stay_within_their_bounds(turns):
    pace, now = Pace(), 1.0
    for number, pause in turns:
        now += pause
        pace.answered(number, now)
        assert SMALLEST <= pace.target <= LARGEST
