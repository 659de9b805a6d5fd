"""The crash journal: what a process was about to finish, and what the relay answered.

An append-only file per process, written with one system call at a time and no fsync: the kernel keeps it when the
process is killed. A lock on the file tells whether its process lives. From the journal of a dead process its rows are
settled exactly: answered ones as answered, begun ones as unknown, all others go back into the queue.
"""

import errno
import fcntl
import json
import os
import secrets
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from worker.delivery.retry import Retries
from worker.smtp.outcome import Outcome

SUFFIX = ".journal"
_LARGEST = 1_000_000
log = structlog.get_logger()


class Journal:
    """The journal of this process; its name is the worker's name in the ledger.

    B: the octets that complete a message leave now. A: what the relay answered. R: the ledger knows it, forget it.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._open: set[int] = set()
        self._size = 0

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Begin a journal under a name of its own and hold its lock."""
        return cls(*_create(folder))

    def renew(self) -> None:
        """Leave the file for whoever settles it, because the ledger couldn't be told, and begin another."""
        path, descriptor = _create(self._path.parent)
        os.close(self._descriptor)
        self._path, self._descriptor = path, descriptor
        self._open, self._size = set(), 0

    def probe(self) -> None:
        """Raise OSError if nothing can be written: a process that can't write things down must begin none."""
        self._write(b"?\n" * 2048)
        if not self._open:
            os.ftruncate(self._descriptor, 0)
            self._size = 0

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """Whatever breaks off inside, the rows claimed there are settled from this file by the next sweep.

        Where no other file can be begun, the process ends: only the rows of a dead one are settled.
        """
        try:
            yield
        except Exception:
            try:
                self.renew()
            except OSError as error:
                log.critical("journal.lost", error=str(error))
                os._exit(1)
            raise

    @property
    def worker(self) -> str:
        """The name under which this process claims."""
        return self._path.name.removesuffix(SUFFIX)

    def begun(self, delivery_ids: Sequence[int]) -> None:
        """Write down that the octets that complete these messages leave now; if it raises OSError, none may leave."""
        self._write(b"".join([b"B %d\n" % number for number in delivery_ids]))
        self._open.update(delivery_ids)

    def answered(self, answers: Sequence[tuple[int, Outcome]]) -> None:
        """Write down what the relay answered; raises OSError."""
        if answers:
            told = [(number, o.event.value, o.code, o.enhanced, o.text, o.relay) for number, o in answers]
            self._write(f"A {json.dumps(told)}\n".encode())

    def recorded(self, delivery_ids: Iterable[int]) -> None:
        """Forget these rows: the ledger knows what became of them. A file that has grown is begun again.

        Where even that can't be written, the old lines stay; raises OSError.
        """
        forgotten = self._open.intersection(delivery_ids)
        self._open -= forgotten
        if not self._open:
            os.ftruncate(self._descriptor, 0)
            self._size = 0
        elif self._size > _LARGEST:
            self._compact()
        else:
            self._write(b"".join([b"R %d\n" % number for number in forgotten]))

    def close(self) -> None:
        """End the journal; one that still holds something is left for whoever settles it."""
        if os.fstat(self._descriptor).st_size == 0:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def _write(self, lines: bytes) -> None:
        """One system call. A line that was cut would spoil the next one, so it is taken back."""
        try:
            _write_whole(self._descriptor, lines)
        except OSError:
            os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(lines)

    def _compact(self) -> None:
        """Put a new file in the place of the old one, with what is still open: at no moment is there none."""
        unseen, descriptor = _unseen(self._path)
        lines = b"".join([b"B %d\n" % number for number in self._open])
        try:
            _write_whole(descriptor, lines)
            unseen.rename(self._path)
        except OSError:
            os.close(descriptor)
            raise
        os.close(self._descriptor)
        self._descriptor, self._size = descriptor, len(lines)


def _write_whole(descriptor: int, lines: bytes) -> None:
    if lines and os.write(descriptor, lines) != len(lines):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _create(folder: Path) -> tuple[Path, int]:
    """A new file and its descriptor."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
    unseen, descriptor = _unseen(path)
    unseen.rename(path)
    return path, descriptor


def _unseen(path: Path) -> tuple[Path, int]:
    """A file that others see only once it is locked and renamed to `path`."""
    unseen = path.with_suffix(".new")
    unseen.unlink(missing_ok=True)
    descriptor = os.open(unseen, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return unseen, descriptor


@dataclass(slots=True)
class _Story:
    begun: set[int] = field(default_factory=set)
    answered: dict[int, Outcome] = field(default_factory=dict)


def settle(folder: Path, sessions: sessionmaker[Session], clock: Callable[[], datetime], retries: Retries) -> int:
    """Settle the rows of every dead process whose journal lies in this folder; gives the number of journals."""
    settled = 0
    for path in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []:
        with suppress(FileNotFoundError), path.open("rb") as file:
            if not _is_abandoned(file, path):
                continue
            worker = path.name.removesuffix(SUFFIX)
            with sessions.begin() as session:
                _settle_one(session, worker, _read(file.read()), clock(), retries)
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


def _settle_one(session: Session, worker: str, story: _Story, now: datetime, retries: Retries) -> None:
    held = ledger.held_by(session, worker)
    entries, untouched = [], []
    for row in held:
        outcome = story.answered.get(row.delivery_id)
        if outcome is None and row.delivery_id not in story.begun:
            untouched.append(row.delivery_id)
            continue
        outcome = outcome or Outcome(DeliveryEvent.UNKNOWN, text="the process died after the message had left")
        entries.append(entry_of(row, outcome, now, retries))
    ledger.record(session, entries, worker=worker, now=now)
    ledger.release(session, untouched, worker=worker)
    if held:
        log.warning("journal.settled", worker=worker, recorded=len(entries), released=len(untouched))
    planner.finish_all(session, now=now)


def _read(content: bytes) -> _Story:
    """Read a journal; a last line that was cut off is no answer, and one that is damaged tells nothing."""
    story = _Story()
    for line in content.decode("utf-8", "replace").split("\n")[:-1]:
        kind, _, rest = line.partition(" ")
        try:
            _note(story, kind, rest)
        except (ValueError, TypeError):
            log.error("journal.damaged", line=line[:200])  # noqa: TRY400
    return story


def _note(story: _Story, kind: str, rest: str) -> None:
    if kind == "A":
        for delivery_id, event, *reply in json.loads(rest):
            story.answered[int(delivery_id)] = Outcome(DeliveryEvent(event), *reply)
    elif kind == "B":
        story.begun.add(int(rest))
        story.answered.pop(int(rest), None)
    elif kind == "R":
        story.begun.discard(int(rest))
        story.answered.pop(int(rest), None)
