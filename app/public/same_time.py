"""Answers that leave at whole steps of time, so that a clock tells no more about an address than the words do."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

STEP = 0.05
"""Seconds that taking a form lasts, or a multiple of it: more than all that is done for one address."""


@contextmanager
def same_time() -> Iterator[None]:
    """Let the block last a whole number of steps, whatever happens in it."""
    began = monotonic()
    try:
        yield
    finally:
        sleep(STEP - (monotonic() - began) % STEP)
