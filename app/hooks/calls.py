"""One call of a sending service, and what stands at its gate."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from werkzeug.datastructures import Headers


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it came: nothing of it is believed yet."""

    headers: Headers
    body: bytes
    now: datetime


@dataclass(frozen=True, slots=True)
class Admitted:
    """It is theirs. `once` is what they sign as good for one call; without `is_report` there is nothing to store."""

    once: str = ""
    is_report: bool = True


class Gate(Protocol):
    """Lets the calls of one service through, and no other."""

    @property
    def challenge(self) -> str:
        """How to log in (RFC 9110 section 11.6.1), for services that do; else empty."""

    def admit(self, call: Call) -> Admitted:
        """Verify a call. Raises Forbidden if it isn't theirs, Unavailable if that can't be told at the moment."""
