"""Logs: what they are worth, and what they must not cost."""

import sys

from app.telemetry import Forgiving


class Full:
    """A stream on a disk that is full."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


def test_a_log_that_cannot_be_written_stops_nobody(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Full())
    log = Forgiving()
    assert log.write("journal.full") == len("journal.full")
    log.flush()


def test_what_can_be_written_is_written(capsys):
    log = Forgiving()
    log.write("worker.ready\n")
    log.flush()
    assert capsys.readouterr().err == "worker.ready\n"
