"""Opening connections to one relay: when one may be had, where it leads, and what a failure means."""

import ssl
from typing import Protocol

from app.relay_settings import RelaySettings
from worker.smtp.addresses import Addresses
from worker.smtp.connection import Connection, Terms
from worker.smtp.health import Health
from worker.smtp.login import Credentials
from worker.smtp.opening import Opening

_ASK_AGAIN_SECONDS = 30.0
_LINES_AGAIN_SECONDS = 1.0
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class Lines(Protocol):
    """Leases of connections that all processes share; where `is_urgent`, the last one may be had as well."""

    is_urgent: bool

    def take(self, relay: str, number: int) -> bool:
        """Whether so many more connections may be opened."""

    def give_back(self, relay: str, number: int) -> None:
        """So many were closed."""

    def keep(self) -> None:
        """Those that are held are still in use; said at least every ten seconds."""


class Dialler:
    """Makes connections to one relay, and tells its health what comes of them."""

    def __init__(
        self,
        settings: RelaySettings,
        ehlo_name: str,
        health: Health,
        *,
        context: ssl.SSLContext,
        lines: Lines | None = None,
    ) -> None:
        url = settings.url
        self._relay = settings.name
        self._ehlo_name = ehlo_name
        self._url = url
        messages = settings.messages_per_connection or None
        self._terms = Terms(settings.name, url.host, url.tls == "implicit", context, messages)
        self._health = health
        self._lines = lines
        self._addresses = Addresses(url.host, url.port)
        self._next_address = 0
        self._not_before = 0.0

    def may_dial(self, now: float) -> bool:
        """Whether another connection may be had, as far as is known."""
        return now >= self._not_before

    @property
    def is_looking_up(self) -> bool:
        """Whether the relay's name is being looked up."""
        return self._addresses.is_looking

    def dial(self, now: float) -> Connection | None:
        """A connection on its way, or None if there can't be one now."""
        try:
            addresses = self._addresses.at(now)
        except OSError as error:
            self._health.fails(f"reached: {_said(error.strerror or str(error))}", now)
            return None
        if addresses is None:
            return None
        if self._lines is not None and not self._lines.take(self._relay, 1):
            self._not_before = now + _LINES_AGAIN_SECONDS
            return None
        try:
            return Connection(self._terms, addresses[self._next_address % len(addresses)], self._opening(), now)
        except OSError as error:
            self.hung_up()
            self._no_answer(error.strerror or str(error), now)
            return None

    def failed(self, connection: Connection, now: float, *, is_the_only_one: bool) -> None:
        """It never came to messages.

        A relay that takes no further connection is asked again later; one that takes none at all is away.
        """
        if not is_the_only_one:
            self._not_before = now + _ASK_AGAIN_SECONDS
        elif connection.reached:
            self._health.fails(f"used: {_said(connection.failure)}", now)
        else:
            self._no_answer(connection.failure, now)

    def hung_up(self) -> None:
        """A connection is over: somebody else may have one."""
        if self._lines is not None:
            self._lines.give_back(self._relay, 1)

    def _opening(self) -> Opening:
        url = self._url
        credentials = Credentials(url.user, url.password, url.auth) if url.user else None
        return Opening(self._ehlo_name, url.tls, credentials, private=url.host in _THIS_MACHINE)

    def _no_answer(self, why: str, now: float) -> None:
        """The host doesn't answer at this address: its next one is tried, and when there is none it is away."""
        self._next_address += 1
        if self._next_address >= self._addresses.number:
            self._next_address = 0
            self._health.fails(f"reached: {_said(why)}", now)


def _said(words: str) -> str:
    """Words of the system, to go on a sentence with."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
