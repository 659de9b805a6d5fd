"""How much a process claims at once."""

from hypothesis import given
from hypothesis import strategies as st

from worker.delivery.pipeline import LARGEST, SMALLEST, next_size


def test_a_fast_relay_gets_larger_windows_and_a_slow_one_smaller():
    assert next_size(20, 0.05) == 40
    assert next_size(500, 0.1) == LARGEST
    assert next_size(500, 10) == 50


@given(st.integers(SMALLEST, LARGEST), st.floats(0, 1e6))
def test_a_window_is_never_out_of_bounds(size, seconds):
    assert SMALLEST <= next_size(size, seconds) <= LARGEST
