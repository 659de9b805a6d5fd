"""The parts of the service on one machine, in the order in which they are needed."""

import sys
from dataclasses import dataclass
from typing import Literal

from app.settings import Settings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_FIRST_FREE_PORT = 1024


@dataclass(frozen=True, slots=True)
class Part:
    """One process that a supervisor keeps running, or, with `once`, runs to its end."""

    name: str
    arguments: tuple[str, ...]
    stop_signal: Literal["TERM", "INT", "QUIT"] = "TERM"
    stop_seconds: int = 20
    once: bool = False

    @property
    def command(self) -> list[str]:
        """What the supervisor starts. The process ends with its supervisor, however that ends."""
        return [sys.executable, "-m", "app.cli", "run", "--die-with-parent", *self.arguments]


def parts(settings: Settings) -> list[Part]:
    """What `communique up` runs; servers of our own only where the settings name no others."""
    found = []
    if not settings.database_url:
        found.append(Part("postgres", ("postgres",), stop_signal="INT"))
    if not settings.redis_url:
        found.append(Part("valkey", ("valkey",)))
    if has_inbox(settings):
        found.append(Part("inbox", ("inbox",)))
    return [
        *found,
        Part("migrate", ("migrate",), once=True),
        Part("web", ("web",)),
        Part("worker-transactional", ("worker", "--queue", "transactional"), stop_seconds=60),
        Part("worker-bulk", ("worker", "--queue", "bulk"), stop_seconds=60),
        Part("worker-planning", ("worker", "--queue", "planning"), stop_seconds=60),
        Part("beat", ("beat",)),
        *([Part("listener", ("listener",))] if settings.intake_listen else []),
    ]


def has_inbox(settings: Settings) -> bool:
    """Whether mail goes to the development inbox: never in production, never to a relay of the system (port 25)."""
    smtp = settings.relays[0].url
    here = smtp.host in LOOPBACK and smtp.tls == "none" and smtp.port >= _FIRST_FREE_PORT
    return settings.environment in {"development", "demo"} and here
