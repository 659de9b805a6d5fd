"""The processes of the product, run by its own commands and started again when they end, as a supervisor does."""

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import psutil

ROOT = Path(__file__).resolve().parents[2]
CLOCK = Path(__file__).parent / "clock"
BULK, BEAT = "bulk", "beat"
PARTS: Mapping[str, Sequence[str]] = {
    BULK: ("worker", "--queue", "bulk"),
    "planning": ("worker", "--queue", "planning", "--concurrency", "1"),
    BEAT: ("beat",),
}
SECOND_WORKER: Mapping[str, Sequence[str]] = {"bulk 2": ("worker", "--queue", "bulk")}


class Crew:
    """Workers and beat; each part is a process group of its own."""

    def __init__(self, environment: Mapping[str, str], logs: Path) -> None:
        self._environment = {**os.environ, **environment, "PYTHONPATH": f"{CLOCK}{os.pathsep}{ROOT}"}
        self._logs = logs
        self._wanted: dict[str, Sequence[str]] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._readers: list[threading.Thread] = []
        self.restarts = 0

    def hire(self, parts: Mapping[str, Sequence[str]] = PARTS) -> None:
        """Start these parts, and keep them running from now on."""
        for name, arguments in parts.items():
            self._wanted[name] = arguments
            self._start(name)

    def dismiss(self, names: Sequence[str]) -> None:
        """Stop these parts in good order."""
        leaving = {name: self._running.pop(name) for name in names if self._wanted.pop(name, None) is not None}
        for process in leaving.values():
            process.terminate()
        for process in leaving.values():
            _wait_or_kill(process)

    def tend(self) -> None:
        """Start again what has ended."""
        for name, process in list(self._running.items()):
            if process.poll() is not None:
                self.restarts += 1
                self._start(name)

    def kill(self, name: str) -> int:
        """SIGKILL a whole part with its children; gives how many sending processes died."""
        process = self._running[name]
        number = len(self.senders(name))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return number

    def senders(self, name: str = BULK) -> list[psutil.Process]:
        """The sending processes of a worker: its children."""
        try:
            return [child for child in psutil.Process(self._running[name].pid).children() if child.is_running()]
        except psutil.NoSuchProcess:
            return []

    def limit_files(self, octets: int) -> None:
        """Let no sending process write beyond so many octets of any file: to it, the disk is full (EFBIG)."""
        for name in self._wanted:
            for sender in self.senders(name):
                try:
                    _, hard = resource.prlimit(sender.pid, resource.RLIMIT_FSIZE)
                    resource.prlimit(sender.pid, resource.RLIMIT_FSIZE, (octets, hard))
                except ProcessLookupError:
                    continue

    def stop(self) -> None:
        """Stop everybody."""
        self.dismiss(list(self._wanted))
        for reader in self._readers:
            reader.join(5)

    def _start(self, name: str) -> None:
        """Words go through a pipe, as with a supervisor: a process that may write no file can still speak."""
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "run", "--die-with-parent", *self._wanted[name]],
            cwd=self._logs,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert process.stdout is not None
        self._running[name] = process
        log = self._logs / f"{name}.log"
        reader = threading.Thread(target=_copy, args=(process.stdout, log), name=f"log of {name}", daemon=True)
        reader.start()
        self._readers = [*(one for one in self._readers if one.is_alive()), reader]


def _copy(source: BinaryIO, log: Path) -> None:
    with source, log.open("ab", buffering=0) as out:
        while words := source.read1(65_536):  # type: ignore[attr-defined]
            out.write(words)


def _wait_or_kill(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
