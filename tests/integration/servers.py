"""Starting real processes for tests: a free port, a part of the service, waiting for something to be true."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from sqlalchemy import text
from sqlalchemy.orm import Session

PATIENCE = 60


def until(done: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait for something; the test fails if it doesn't come."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


def answers(port: int) -> bool:
    """Whether anybody listens there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@contextmanager
def communique(*arguments: str, environ: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A command of ours in a process of its own, told to end after the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", *arguments],
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


@contextmanager
def nothing_can_be_stored(session: Session) -> Iterator[None]:
    """The database takes no report for as long as the block lasts."""
    session.execute(text("ALTER TABLE raw_reports RENAME TO away"))
    session.commit()
    try:
        yield
    finally:
        session.execute(text("ALTER TABLE away RENAME TO raw_reports"))
        session.commit()
