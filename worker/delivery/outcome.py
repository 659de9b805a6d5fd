"""What a handover can end in. Trouble with the network has the same form as a reply, so nothing is lost."""

from collections.abc import Callable
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


class RelayAway(Exception):
    """The relay can't be reached or refuses us as a whole; no message was begun, no attempt is used up."""


class Transport(Protocol):
    """Hands one message to the next mail server."""

    def send(self, sender: str, recipient: str, message: bytes, before_end: Callable[[], None]) -> Outcome:
        """Hand over and report; `before_end` is called before the octets that complete the message leave.

        Raises RelayAway if no conversation can be had.
        """

    def close(self) -> None:
        """End the conversation."""
