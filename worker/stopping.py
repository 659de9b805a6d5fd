"""How the processes of a worker learn that it is to end: one byte of memory that they share.

Celery finishes running tasks before it ends, and a task may run for as long as a campaign: so the task asks.
"""

import mmap


class Stopping:
    """Made before the processes are forked, so that all see the same byte."""

    def __init__(self) -> None:
        self._flag = mmap.mmap(-1, 1)

    def __call__(self) -> bool:
        """Whether the worker is to end."""
        return self._flag[0] != 0

    def ask(self) -> None:
        """Ask all processes to end what they do."""
        self._flag[0] = 1
