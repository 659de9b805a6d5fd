"""Postfix's own test programs: `smtp-source`, the reference, and `smtp-sink`, which takes all and keeps nothing."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.errors import Conflict
from benchmarks.processes import free_port, stopping, wait_for_port

_PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/lib/postfix/sbin"))
SESSIONS = 20
_BACKLOG = "4096"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a sender: wall-clock seconds and CPU seconds for so many messages."""

    messages: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Messages per second."""
        return self.messages / self.seconds

    @property
    def cpu_per_thousand(self) -> float:
        """CPU seconds, user and system, per 1,000 messages."""
        return self.cpu * 1000 / self.messages


@dataclass(frozen=True, slots=True)
class Listening:
    """A server that listens on a port of loopback, and its process."""

    port: int
    pid: int


@contextmanager
def smtp_sink() -> Iterator[Listening]:
    """Run smtp-sink on a free port of loopback for as long as the block lasts."""
    port = free_port()
    account = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([_program("smtp-sink"), *account, f"127.0.0.1:{port}", _BACKLOG])
    with stopping(process):
        wait_for_port(port)
        yield Listening(port, process.pid)


def smtp_source(port: int, messages: int, length: int) -> Run:
    """Send so many messages of so many octets with the C program, on connections that are kept, 20 at once."""
    command = [_program("smtp-source"), "-d", "-s", str(SESSIONS), "-m", str(messages), "-l", str(length)]
    addresses = ["-f", "news@opendoors.example", "-t", "reader@mail.example"]
    began = time.monotonic()
    process = subprocess.Popen([*command, *addresses, f"127.0.0.1:{port}"])
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Conflict(f"smtp-source ended with {process.returncode}.")
    return Run(messages, seconds, used.ru_utime + used.ru_stime)


def postfix_version() -> str:
    """The version of the installed Postfix, or that it can't be had."""
    program = shutil.which("postconf", path=_PLACES)
    if program is None:
        return "unknown"
    done = subprocess.run([program, "-dh", "mail_version"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _program(name: str) -> str:
    """Where a program of Postfix lies; raises Conflict that says how to install it."""
    found = shutil.which(name, path=_PLACES)
    if found is None:
        raise Conflict(
            f"{name} is missing. It comes with Postfix: apt-get install postfix (choose 'No configuration')."
        )
    return found
