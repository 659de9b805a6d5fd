"""Answers that take the same time, so that a clock tells no more about an address than the words do."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

SAME_TIME = 0.05
"""Seconds; more than all that is done for an address that is known."""


@contextmanager
def same_time() -> Iterator[None]:
    """Let the block last so long at least, whatever happens in it."""
    began = monotonic()
    try:
        yield
    finally:
        sleep(max(0.0, began + SAME_TIME - monotonic()))
