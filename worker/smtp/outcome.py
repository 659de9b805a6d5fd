"""What a handover can end in, and what hands over. Trouble with the network has the same form as a reply."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from app.models.delivery_states import DeliveryEvent


@dataclass(slots=True)
class Outcome:
    """One handover's end: accepted, deferred, refused or unknown, with the relay's own words and its name."""

    event: DeliveryEvent
    code: int | None = None
    enhanced: str | None = None
    text: str = ""
    relay: str = ""


@dataclass(slots=True)
class Envelope:
    """One message on its way; `data` has CRLF line ends and ends with one. `relay` names who is to take it.

    `dotless` says that no line begins with a dot, as compiled mails promise, so that nobody need look for one.
    """

    id: int
    sender: str
    recipient: str
    data: bytes
    relay: str = ""
    dotless: bool = False

    @property
    def domain(self) -> str:
        """The recipient's domain."""
        return self.recipient.rpartition("@")[2]

    @property
    def is_international(self) -> bool:
        """Whether it needs SMTPUTF8 (RFC 6531 section 3.4)."""
        return not self.recipient.isascii()


@dataclass(slots=True)
class Turn:
    """What has happened since the last turn: outcomes by delivery, and messages that no relay took after all."""

    answered: list[tuple[int, Outcome]] = field(default_factory=list)
    returned: list[Envelope] = field(default_factory=list)


class Transport(Protocol):
    """Hands messages to the next mail servers. It never blocks, but in `turn`, and there at most as long as it may.

    What is to be written down before the octets that complete a message leave, it is told when it is made.
    """

    def begin(self, *, is_urgent: bool) -> None:
        """A run begins; an urgent one, of notices, may have the last connection of those that all processes share."""

    def rest(self) -> None:
        """A run is over: who knows when the next one begins, so what all processes share is given back."""

    def room(self) -> Mapping[str, int]:
        """For each relay that can be used now, in order of preference, how many more messages it would take at once.

        Relays that back off are left out; one that could be connected to counts with what its connections would take.
        """

    def shares(self, wanted: int) -> Mapping[str, int]:
        """How so many messages would be spread by weight over the relays that can be used now; the next one first."""

    def takes(self, relay: str, domain: str) -> bool:
        """Whether a message for this domain can be offered for this relay now."""

    def offer(self, envelope: Envelope) -> None:
        """Take a message for the relay that it names; ask `takes` before."""

    def turn(self, seconds: float) -> Turn:
        """Do what can be done, waiting at most so many seconds for something to happen."""

    def resting(self) -> frozenset[str]:
        """Domains that answer slowly and have all the connections that they may: claim nothing for them now."""

    @property
    def in_hand(self) -> int:
        """How many messages were offered and neither answered nor returned yet."""

    @property
    def trouble(self) -> str:
        """Why a relay can't be used now, in words for staff; empty if all is well."""

    def abandon(self) -> None:
        """Hang up everywhere at once: nobody listens any more, and no reply may be taken for another message's."""

    def close(self) -> None:
        """End the conversations politely, if that is quickly done."""
