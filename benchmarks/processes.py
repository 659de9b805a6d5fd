"""Processes of our own: started, waited for, told to begin at the same moment, stopped."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from app.errors import Conflict
from app.settings import PREFIX, PROJECT

PATIENCE = 30.0
READY, GO = "ready", "go"


def free_port() -> int:
    """A port of loopback on which nobody listens at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_for_port(port: int, patience: float = PATIENCE) -> None:
    """Wait until somebody listens; raises Conflict if nobody does in time."""
    deadline = time.monotonic() + patience
    while True:
        try:
            with closing(socket.create_connection(("127.0.0.1", port), timeout=1)):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise Conflict(f"Nobody listens on port {port}.") from None
            time.sleep(0.02)


@contextmanager
def stopping(process: "subprocess.Popen[Any]", patience: float = 15.0) -> Iterator[None]:
    """Stop a process when the block ends, however it ends."""
    try:
        yield
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def server(module: str, *arguments: object) -> Iterator[int]:
    """Run one of our servers, `python -m module PORT …`, on a free port for as long as the block lasts."""
    port = free_port()
    words = [str(argument) for argument in arguments]
    process = subprocess.Popen([sys.executable, "-m", module, str(port), *words], cwd=PROJECT)
    with stopping(process):
        wait_for_port(port)
        yield port


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that means this installation and no other."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**own, **variables}


@dataclass(frozen=True, slots=True)
class Hand:
    """A process that gets ready, begins when it is told, and reports what it saw, as one line of JSON."""

    process: "subprocess.Popen[str]"
    log: Path

    @classmethod
    def start(cls, arguments: Sequence[str], variables: Mapping[str, str], log: Path) -> Self:
        """Start `python -m …`; its words of trouble go to `log`."""
        with log.open("a") as words:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=PROJECT,
                env=environment(variables),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                text=True,
            )
        return cls(process, log)

    def wait_until_ready(self) -> None:
        """Wait until it can begin; raises Conflict, with its own words, if it ends before."""
        self._line(READY)

    def go(self) -> None:
        """Let it begin."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{GO}\n")
        self.process.stdin.flush()

    def report(self) -> dict[str, Any]:
        """Wait until it has done its work (it may still have to tidy up); what it has to say.

        Raises Conflict if it failed.
        """
        report: dict[str, Any] = json.loads(self._line())
        return report

    def _line(self, wanted: str = "") -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        if not line or (wanted and line != wanted):
            self.process.kill()
            self.process.wait()
            raise Conflict(f"A process of the benchmark failed:\n{self.log.read_text(errors='replace')[-3000:]}")
        return line


@contextmanager
def hands(number: int, arguments: Sequence[str], variables: Mapping[str, str], log: Path) -> "Iterator[list[Hand]]":
    """So many processes, all ready. They end when their work is done, at the latest when the block breaks off."""
    found: list[Hand] = []
    try:
        for _ in range(number):
            found.append(Hand.start(arguments, variables, log))
        for hand in found:
            hand.wait_until_ready()
        yield found
        for hand in found:
            hand.process.communicate(timeout=PATIENCE)
    finally:
        for hand in found:
            if hand.process.poll() is None:
                hand.process.kill()
                hand.process.communicate()


def begin() -> None:
    """In such a process: say that all is ready, wait for the word. Ends the process if nobody gives it."""
    print(READY, flush=True)
    if sys.stdin.readline().strip() != GO:
        sys.exit("nobody said go")
