"""Everybody in the story, and who of them must get what: written down before anything is sent."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.mail.address import EmailAddress
from app.models import SubscriptionState, SuppressionReason

STATEMENTS, EVENTS = "statements", "events"
TOPICS = {STATEMENTS: "Statements", EVENTS: "Events"}
STAFF = "press@opendoors.example"
_NUMBER = 1000
_FIRST = ("amina", "björn", "chloé", "dmitri", "esra", "fatou", "giulia", "hoa", "inés", "jonas")
_LAST = ("adeyemi", "bauer", "costa", "dubois", "eriksen", "farah", "garcía", "haddad", "ivanova", "jensen")
_HOSTS = ("mail.example", "post.example", "inbox.example", "büro.example", "courrier.example")


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands with a topic before the story begins."""

    topic: str = STATEMENTS
    state: SubscriptionState = SubscriptionState.CONFIRMED
    suppressed: SuppressionReason | None = None


def wire(address: str) -> str:
    """The address as it stands in an envelope."""
    return EmailAddress.parse(address).wire


def _wires(addresses: Iterable[str]) -> frozenset[str]:
    return frozenset(wire(address) for address in addresses)


READERS = tuple(f"{_FIRST[n % 10]}.{_LAST[n // 10 % 10]}{n // 100}@{_HOSTS[n % len(_HOSTS)]}" for n in range(_NUMBER))
"""People who have confirmed. Names are of many spellings; every fifth host is an internationalised domain."""
PEOPLE = ("maria.silva@mail.example", "JOSÉ@büro.example", "noor@post.example")
"""People who join by the form."""
LEAVER = PEOPLE[0]
SILENT = {
    "undecided@mail.example": Standing(state=SubscriptionState.PENDING),
    "älva.lind@büro.example": Standing(state=SubscriptionState.PENDING),
    "gone@post.example": Standing(state=SubscriptionState.UNSUBSCRIBED),
    "annoyed@inbox.example": Standing(suppressed=SuppressionReason.COMPLAINT),
    "visitor@courrier.example": Standing(topic=EVENTS),
}
"""People to whom no statement may go, each for a reason of their own."""

GET_CONFIRMATION = _wires(PEOPLE)
GET_FIRST = _wires(READERS) | GET_CONFIRMATION
GET_SECOND = GET_FIRST - {wire(LEAVER)}
GET_NOTHING = _wires(SILENT)
