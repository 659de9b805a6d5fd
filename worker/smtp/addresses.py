"""Where a relay's name leads. The system's resolver can only be waited for, so a thread does the waiting."""

import socket
import threading
from collections.abc import Callable
from typing import Any

Address = tuple[socket.AddressFamily, tuple[Any, ...]]
Lookup = Callable[[str, int], list[Address]]
SECONDS = 60.0


def look_up(host: str, port: int) -> list[Address]:
    """Ask the resolver; may take long. OSError says what it says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, place) for family, _, _, _, place in found]


class Addresses:
    """The addresses of one relay, kept for a minute."""

    def __init__(self, host: str, port: int, look_up: Lookup = look_up) -> None:
        self._host = host
        self._port = port
        self._look_up = look_up
        self._thread: threading.Thread | None = None
        self._found: list[Address] = []
        self._error: OSError | None = None
        self._until = 0.0

    @property
    def number(self) -> int:
        """How many are known."""
        return len(self._found)

    @property
    def is_looking(self) -> bool:
        """Whether a lookup is under way."""
        return self._thread is not None

    def at(self, now: float) -> list[Address] | None:
        """The addresses in the order to try; None while they are looked up. Raises OSError if there are none."""
        if self._found and now < self._until:
            return self._found
        if self._thread is None:
            self._found, self._error = [], None
            self._thread = threading.Thread(target=self._work, name=f"look up {self._host}", daemon=True)
            self._thread.start()
            self._thread.join(0.005)
        if self._thread.is_alive():
            return None
        self._thread = None
        if self._error is not None:
            raise self._error
        self._until = now + SECONDS
        return self._found

    def _work(self) -> None:
        try:
            self._found = self._look_up(self._host, self._port)
        except (OSError, UnicodeError) as error:
            self._error = error if isinstance(error, OSError) else OSError(f"{self._host} is no name of a host")
