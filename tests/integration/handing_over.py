"""Handing messages to scripted relays as a sending process does: offer where there is room, turn, take note."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.relay_settings import RelaySettings
from app.smtp_url import SmtpUrl
from worker.smtp.outcome import Envelope, Outcome
from worker.smtp.relays import Relays

BODY = b"Subject: hi\r\n\r\n.dot\r\n..two\r\nlast\r\n"
EXTENSIONS = {
    "plain": ["SIZE 10000000", "SMTPUTF8"],
    "pipelining": ["SIZE 10000000", "SMTPUTF8", "PIPELINING"],
    "chunking": ["SIZE 10000000", "SMTPUTF8", "PIPELINING", "CHUNKING"],
}


class Time:
    """A clock that runs as the real one, and can be put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


def at(port: int, name: str = "a", **options) -> RelaySettings:
    """A relay on this machine."""
    query = options.pop("query", "")
    return RelaySettings(name, SmtpUrl.parse(f"smtp://127.0.0.1:{port}{query}"), **options)


def envelope(number: int, recipient: str = "", *, relay: str = "a", data: bytes = BODY) -> Envelope:
    return Envelope(number, f"b+{number}@example.org", recipient or f"r{number}@example.net", data, relay)


def envelopes(number: int, relay: str = "a") -> list[Envelope]:
    return [envelope(one, relay=relay) for one in range(number)]


@dataclass
class Desk:
    """A transport and what became of the messages that were given to it."""

    begun: list[int] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    returned: list[Envelope] = field(default_factory=list)
    clock: Time = field(default_factory=Time)
    relays: Relays = field(init=False)

    def open(self, *settings: RelaySettings, **options) -> Relays:
        self.relays = Relays(
            settings, "news.example", self.begun.extend, clock=self.clock, chance=lambda: 0.5, **options
        )
        return self.relays

    def offer(self, waiting: list[Envelope]) -> None:
        """Offer what there is a place for; what is offered is taken out of the list."""
        for name in self.relays.room():
            for one in [one for one in waiting if one.relay == name]:
                if self.relays.takes(name, one.domain):
                    waiting.remove(one)
                    self.relays.offer(one)

    def turn(self, seconds: float = 0.05) -> None:
        turn = self.relays.turn(seconds)
        for number, outcome in turn.answered:
            assert number not in self.outcomes, "two outcomes for one message"
            self.outcomes[number] = outcome
        self.returned += turn.returned

    def send(self, messages: Iterable[Envelope], seconds: float = 20.0) -> None:
        """Until all is answered or given back; what is given back is not tried again."""
        waiting = list(messages)
        self.until(lambda: not waiting and not self.relays.in_hand, waiting, seconds)

    def until(self, done: Callable[[], bool], waiting: list[Envelope] | None = None, seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, f"still waiting: {self.relays.in_hand} in hand, {self.relays.trouble}"
            self.offer(waiting if waiting is not None else [])
            self.turn()

    def ends(self) -> list[str]:
        """What each message ended in, in the order of the messages."""
        return [self.outcomes[number].event.value for number in sorted(self.outcomes)]
