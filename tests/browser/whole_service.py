"""What stands behind the pages when everything is real: a worker for all queues with its clock, and a slow relay."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from app.cli.run import PROCESSES, worker_command
from tests.fakes import FakeSmtp

ROOT = Path(__file__).resolve().parents[2]
READERS = "readers.example"


@dataclass
class SlowRelay:
    """Takes mail for so many readers, then waits to be told to go on; refuses mailboxes that begin with `gone`."""

    server: FakeSmtp
    quick: int = 0
    answered: int = 0
    goes_on: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.server.script = self

    def __call__(self, stage: str, recipient: str, count: int) -> str | None:
        if stage != "RCPT" or not recipient.endswith(READERS):
            return None
        self.answered += 1
        if self.answered > self.quick:
            self.goes_on.wait(60)
        return "550 5.1.1 No such mailbox" if recipient.startswith("gone") else None

    def stand_still_after(self, messages: int) -> None:
        """From now on answer so many, and then wait for `goes_on`."""
        self.answered, self.quick = 0, messages
        self.goes_on.clear()

    def arrived(self, address: str) -> list[EmailMessage]:
        """What is in a mailbox, oldest first."""
        taken = [message.raw for message in self.server.taken if message.recipient == address]
        return [message_from_bytes(raw, policy=policy.default) for raw in taken]

    def readers(self) -> list[str]:
        """Everybody who got a mail, as often as they did."""
        return sorted(recipient for recipient in self.server.recipients() if recipient.endswith(READERS))


@contextmanager
def at_work(variables: dict[str, str], folder: Path) -> Iterator[None]:
    """Run a worker that does all there is to do, one thing at a time, as long as the block lasts."""
    command = [*worker_command(",".join(PROCESSES), 1), "--beat", "--schedule", str(folder / "schedule")]
    with (folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, **variables, "PYTHONPATH": str(ROOT)},
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield
        finally:
            worker.terminate()
            worker.wait(30)
