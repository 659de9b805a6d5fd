"""The relay as the harness holds it: the sink's process, orders to it, and its book."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from tests.chaos.book import Book

PIPELINING = ["SIZE 10000000", "8BITMIME", "SMTPUTF8", "PIPELINING"]
CHUNKING = [*PIPELINING, "CHUNKING"]


class Relay:
    """One sink, running."""

    def __init__(self, process: "subprocess.Popen[str]", port: int, book: Book, tls: bool) -> None:
        self._process = process
        self.port = port
        self.book = book
        self.url = f"smtps://127.0.0.1:{port}" if tls else f"smtp://127.0.0.1:{port}"

    @classmethod
    def start(cls, folder: Path, name: str, certificate: Path | None = None) -> Self:
        """Start a sink that keeps its book in the folder; with a certificate it speaks TLS from the first byte."""
        path = folder / f"{name}.book"
        path.touch()
        command = [sys.executable, "-m", "tests.chaos.sink", str(path), "0"]
        if certificate:
            command.append(str(certificate))
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        assert process.stdout is not None
        return cls(process, int(process.stdout.readline()), Book(path), certificate is not None)

    def order(self, **order: Any) -> None:
        """Have the sink do something; returns when it does."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer == "ok\n", answer

    def stop(self) -> None:
        """End the sink."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
