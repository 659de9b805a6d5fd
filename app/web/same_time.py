"""Answers that leave at whole steps of time, so that a clock tells no more about an address than the words do."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

STEP = 0.05
"""Seconds that taking a form lasts, or a multiple of it: more than all that is done for one address."""


@contextmanager
def same_time(step: float | None = None) -> Iterator[None]:
    """Let the block last a whole number of steps (of `STEP` seconds, or these), whatever happens in it."""
    began, step = monotonic(), step or STEP
    try:
        yield
    finally:
        sleep(step - (monotonic() - began) % step)
