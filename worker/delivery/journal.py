"""The crash journal: what a process was about to finish, and what the relay answered.

An append-only file per process, written with one system call per line and no fsync: the kernel keeps it when the
process is killed. A lock on the file tells whether its process lives. From the journal of a dead process its rows are
settled exactly: answered ones as answered, begun ones as unknown, all others go back into the queue.
"""

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Self

import structlog
from sqlalchemy.orm import Session, sessionmaker

from app.models.delivery_states import DeliveryEvent
from worker.delivery import ledger, planner
from worker.delivery.entries import entry_of
from worker.delivery.outcome import Outcome

SUFFIX = ".journal"
log = structlog.get_logger()


class Journal:
    """The journal of this process; its name is the worker's name in the ledger."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Begin a journal under a name of its own and hold its lock."""
        return cls(*_create(folder))

    def renew(self) -> None:
        """Leave the file for whoever settles it, because the ledger couldn't be told, and begin another."""
        os.close(self._descriptor)
        self._path, self._descriptor = _create(self._path.parent)

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """Whatever breaks off inside, the rows claimed there are settled from this file by the next sweep."""
        try:
            yield
        except Exception:
            self.renew()
            raise

    @property
    def worker(self) -> str:
        """The name under which this process claims."""
        return self._path.name.removesuffix(SUFFIX)

    def begun(self, delivery_ids: Sequence[int]) -> None:
        """Write down that the octets that complete these messages leave now."""
        os.write(self._descriptor, b"".join([b"B %d\n" % number for number in delivery_ids]))

    def answered(self, delivery_id: int, outcome: Outcome) -> None:
        """Write down what the relay answered."""
        words = json.dumps([outcome.event.value, outcome.code, outcome.enhanced, outcome.text])
        os.write(self._descriptor, f"A {delivery_id} {words}\n".encode())

    def recorded(self) -> None:
        """Forget everything: the ledger knows it now."""
        os.ftruncate(self._descriptor, 0)

    def close(self) -> None:
        """End the journal; one that still holds something is left for whoever settles it."""
        if os.fstat(self._descriptor).st_size == 0:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


def _create(folder: Path) -> tuple[Path, int]:
    """A new file and its descriptor; others see it only once it is locked."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
    unseen = path.with_suffix(".new")
    descriptor = os.open(unseen, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    unseen.rename(path)
    return path, descriptor


@dataclass(slots=True)
class _Story:
    begun: set[int] = field(default_factory=set)
    answered: dict[int, Outcome] = field(default_factory=dict)


def settle(folder: Path, sessions: sessionmaker[Session], clock: Callable[[], datetime]) -> int:
    """Settle the rows of every dead process whose journal lies in this folder; gives the number of journals."""
    settled = 0
    for path in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []:
        with suppress(FileNotFoundError), path.open("rb") as file:
            if not _is_abandoned(file, path):
                continue
            worker = path.name.removesuffix(SUFFIX)
            with sessions.begin() as session:
                _settle_one(session, worker, _read(file.read()), clock())
            path.unlink(missing_ok=True)
            settled += 1
    return settled


def _is_abandoned(file: BinaryIO, path: Path) -> bool:
    """Lock the file, if no process holds it and nobody else has settled it meanwhile."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(file.fileno()).st_ino == path.stat().st_ino


def _settle_one(session: Session, worker: str, story: _Story, now: datetime) -> None:
    held = ledger.held_by(session, worker)
    entries, untouched = [], []
    for row in held:
        outcome = story.answered.get(row.delivery_id)
        if outcome is None and row.delivery_id not in story.begun:
            untouched.append(row.delivery_id)
            continue
        outcome = outcome or Outcome(DeliveryEvent.UNKNOWN, text="the process died after the message had left")
        entries.append(entry_of(row, outcome, now))
    ledger.record(session, entries, worker=worker, now=now)
    ledger.release(session, untouched, worker=worker)
    if held:
        log.warning("journal.settled", worker=worker, recorded=len(entries), released=len(untouched))
    planner.finish_all(session, now=now)


def _read(content: bytes) -> _Story:
    """Read a journal; a last line that was cut off is no answer."""
    story = _Story()
    for line in content.decode("utf-8", "replace").split("\n")[:-1]:
        kind, _, rest = line.partition(" ")
        number, _, words = rest.partition(" ")
        if not number.isdecimal():
            continue
        if kind == "B":
            story.begun.add(int(number))
        elif kind == "A":
            event, code, enhanced, text = json.loads(words)
            story.answered[int(number)] = Outcome(DeliveryEvent(event), code, enhanced, text)
    return story
