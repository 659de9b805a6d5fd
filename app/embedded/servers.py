"""Both servers started beside this process, for as long as it needs them."""

import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from app.embedded.postgres import postgres_url, prepare_postgres, socket_folder
from app.embedded.valkey import find_free_port, prepare_valkey, valkey_url
from app.errors import Conflict

_PATIENCE = 30.0


class EmbeddedServers:
    """PostgreSQL and Valkey, running in one folder; stop them with `stop()` or by leaving a `with` block.

    Should this process be killed, the servers end as well. Start them from a thread that lives as long as you
    need them (the main thread): to the kernel, the starting thread is the parent.
    """

    def __init__(self, folder: Path, processes: "list[tuple[subprocess.Popen[bytes], signal.Signals]]") -> None:
        self.folder = folder
        self.database_url = postgres_url(folder)
        self.redis_url = valkey_url(folder)
        self._processes = processes

    @classmethod
    def start(cls, folder: Path, *, durable: bool = True) -> Self:
        """Start both and return when they answer. Raises Conflict, with the server's own words, if one does not."""
        folder.mkdir(parents=True, exist_ok=True)
        launches = {"postgres": prepare_postgres(folder, durable=durable)}
        find_free_port(folder)
        launches["valkey"] = prepare_valkey(folder, durable=durable)
        processes = [(run.start(folder / f"{name}.log"), run.stop_signal) for name, run in launches.items()]
        servers = cls(folder, processes)
        try:
            servers._wait()
        except BaseException:
            servers.stop()
            raise
        return servers

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not (postgres_answers(self.database_url) and valkey_answers(self.redis_url)):
            for name, (process, _) in zip(("postgres", "valkey"), self._processes, strict=True):
                if process.poll() is not None or time.monotonic() > deadline:
                    words = (self.folder / f"{name}.log").read_text(errors="replace")[-1000:]
                    raise Conflict(f"{name} did not start:\n{words}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop both servers; returns when they are gone. Stopping twice is fine."""
        for process, stop_signal in self._processes:
            if process.poll() is None:
                process.send_signal(stop_signal)
        for process, _ in self._processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        with suppress(OSError):  # the folder of the socket is empty now, unless the server was killed
            socket_folder(self.folder).rmdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def postgres_answers(url: str) -> bool:
    """Whether the database server takes connections now."""
    import psycopg  # noqa: PLC0415 - the processes that become servers start faster without

    try:
        psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1), connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def valkey_answers(url: str) -> bool:
    """Whether the Redis-compatible server takes commands now."""
    import redis  # noqa: PLC0415 - as above

    client = redis.Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3)
    try:
        client.ping()
    except redis.RedisError:
        return False
    finally:
        client.close()
    return True
