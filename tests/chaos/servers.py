"""PostgreSQL and Valkey, started by the product's own code, each killed and started again as a fault asks."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import redis

from app.embedded import postgres_answers, postgres_url, valkey_answers, valkey_url
from app.embedded.postgres import prepare_postgres
from app.embedded.valkey import prepare_valkey

_PATIENCE = 60.0


class Servers:
    """Both servers of one folder. They are durable: what a commit promised must outlive an immediate shutdown."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.database_url = postgres_url(folder)
        self.redis_url = valkey_url(folder)
        self._postgres = self._start_postgres()
        self._valkey = self._start_valkey()

    def _start_postgres(self) -> "subprocess.Popen[bytes]":
        process = prepare_postgres(self._folder).start(self._folder / "postgres.log")
        _await(lambda: postgres_answers(self.database_url))
        return process

    def _start_valkey(self) -> "subprocess.Popen[bytes]":
        process = prepare_valkey(self._folder).start(self._folder / "valkey.log")
        _await(lambda: valkey_answers(self.redis_url))
        return process

    def restart_postgres(self, seconds_away: float) -> None:
        """Shut down at once, as `pg_ctl stop -m immediate` does, and come back after a while by crash recovery."""
        self._postgres.send_signal(signal.SIGQUIT)
        self._postgres.wait()
        time.sleep(seconds_away)
        self._postgres = self._start_postgres()

    def restart_valkey(self, seconds_away: float) -> None:
        """Kill the broker and start it again with what its file holds."""
        self._valkey.kill()
        self._valkey.wait()
        time.sleep(seconds_away)
        self._valkey = self._start_valkey()

    def empty_valkey(self) -> None:
        """FLUSHALL: queues, unacknowledged tasks and everything else are gone."""
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushall()

    def stop(self) -> None:
        """Stop both."""
        for process, how in ((self._postgres, signal.SIGQUIT), (self._valkey, signal.SIGTERM)):
            process.send_signal(how)
            process.wait()


def _await(answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not answers():
        assert time.monotonic() < deadline, "a server did not come up"
        time.sleep(0.02)
