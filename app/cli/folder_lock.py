"""A folder that one process at a time may use: a lock file in it that names its holder."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from app.errors import Conflict

SERVICE_LOCK = "up.lock"
"""Held for as long as `communique up` or its supervisor lives."""


@contextmanager
def only_one(file: Path, refusal: Callable[[str], str]) -> Iterator[IO[str]]:
    """Hold the lock while the block lasts; Conflict in the words of `refusal`, given the holder, if it is taken."""
    with file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Conflict(refusal(lock.read().strip())) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield lock
