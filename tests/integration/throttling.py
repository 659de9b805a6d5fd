"""Limits under test: a throttle on an empty Redis, with the real time or one that is moved by hand."""

import selectors
import socket
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Self
from urllib.parse import urlsplit

from redis import Redis
from sqlalchemy import Engine

from app.database import sessions
from app.domain_limits import parse_domain_limits
from app.mailbox_providers import MailboxProviders
from app.relay_settings import parse_relays
from worker.limits.shared import SharedLimits

START = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


class Hands:
    """A clock that is moved by hand; Redis and the process see the same."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def milliseconds(self) -> int:
        return round(self.at.timestamp() * 1000)

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def emptied(redis_url: str) -> Redis:
    """Redis as after FLUSHALL, as far as this process's number goes."""
    redis = Redis.from_url(redis_url, decode_responses=True)
    redis.flushdb()
    return redis


def throttle(
    redis_url: str,
    engine: Engine,
    relays: str = "name=a",
    domains: str = "",
    *,
    clock: Callable[[], datetime],
    ramp: tuple[int, ...] = (),
) -> SharedLimits:
    """Limits as written in the settings; relays by their options alone, such as `name=a&per_second=5`."""
    urls = " ".join(f"smtp://relay.example?tls=starttls&{options}" for options in relays.split())
    groups = MailboxProviders(parse_domain_limits(domains)).limited
    now = clock.milliseconds if isinstance(clock, Hands) else None
    return SharedLimits(redis_url, parse_relays(urls), groups, sessions(engine), clock, ramp=ramp, now=now)


def most_in(times: Sequence[float], width: float) -> int:
    """The most moments that lie in any window of this width."""
    ordered, first, most = sorted(times), 0, 0
    for last, moment in enumerate(ordered):
        while ordered[first] <= moment - width:
            first += 1
        most = max(most, last - first + 1)
    return most


class Door:
    """A port behind which Redis is away, until it is opened: closed, or with `is_listening` silent."""

    def __init__(self, redis_url: str, *, is_listening: bool) -> None:
        self._behind = urlsplit(redis_url)
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        if is_listening:
            self._listener.listen()
        login, at, _ = self._behind.netloc.rpartition("@")
        self.url = f"redis://{login}{at}127.0.0.1:{self._listener.getsockname()[1]}{self._behind.path}"
        self._thread: threading.Thread | None = None
        self._sockets: list[socket.socket] = []
        self._is_over = False

    def __enter__(self) -> Self:
        return self

    def open(self) -> None:
        """From now on everything is handed on."""
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            self._listener.setblocking(False)
            selector.register(self._listener, selectors.EVENT_READ)
            while not self._is_over:
                for key, _ in selector.select(0.05):
                    self._accept(selector) if key.data is None else self._pass_on(selector, key)

    def _accept(self, selector: selectors.BaseSelector) -> None:
        front, _ = self._listener.accept()
        back = socket.create_connection((self._behind.hostname or "", self._behind.port or 6379))
        self._sockets += [front, back]
        selector.register(front, selectors.EVENT_READ, back)
        selector.register(back, selectors.EVENT_READ, front)

    @staticmethod
    def _pass_on(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        try:
            data = key.fileobj.recv(65536)  # type: ignore[union-attr]
            key.data.sendall(data)
        except OSError:
            data = b""
        if not data:
            selector.unregister(key.fileobj)

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        if self._thread is not None:
            self._thread.join()
        for opened in (*self._sockets, self._listener):
            opened.close()
