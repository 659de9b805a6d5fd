"""What a handover can end in. Trouble with the network has the same form as a reply, so nothing is lost."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Protocol

from app.models.delivery_states import DeliveryEvent


@dataclass(frozen=True, slots=True)
class Outcome:
    """One handover's end: accepted, deferred, refused or unknown, with the relay's own words."""

    event: DeliveryEvent
    code: int | None = None
    enhanced: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message on its way; `data` has CRLF line ends and ends with one."""

    id: int
    sender: str
    recipient: str
    data: bytes

    @property
    def is_international(self) -> bool:
        """Whether it needs SMTPUTF8 (RFC 6531 section 3.4)."""
        return not self.recipient.isascii()


class RelayAway(Exception):
    """The relay can't be reached or refuses us as a whole; no message was begun, no attempt is used up."""


class Transport(Protocol):
    """Hands messages to the next mail server."""

    def hand_over(
        self, envelopes: Iterator[Envelope], begun: Callable[[list[int]], None]
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Hand over and give each outcome as it comes; `begun` is called before the octets that complete them leave.

        Raises RelayAway when no conversation can be had; messages without an outcome were not taken then. Close the
        generator if you stop early: replies that are still to come belong to nobody.
        """

    def close(self) -> None:
        """End the conversations."""
