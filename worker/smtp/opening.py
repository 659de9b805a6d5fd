"""How a conversation with a mail server begins, as a pure protocol: greeting, EHLO, STARTTLS, login. No socket in it.

TLS is what the settings say and never falls back (RFC 8314): a relay that doesn't offer what was asked for is not used.
"""

from collections.abc import Callable
from enum import Enum, auto

from app.smtp_url import Tls
from worker.smtp.login import Credentials, Login, NoLogin, choose
from worker.smtp.replies import Garbage, Reply, ReplyReader

_NOT_IMPLEMENTED = frozenset({500, 502})


class _Step(Enum):
    GREETING = auto()
    EHLO = auto()
    HELO = auto()
    STARTTLS = auto()
    HANDSHAKE = auto()
    LOGIN = auto()
    READY = auto()


_OURS_TO_SPEAK = frozenset({_Step.HANDSHAKE, _Step.READY})


class Opening:
    """From the connection to the first message. Feed it with `receive` and `secured`; send what `take` gives.

    It ends when `ready` is true, or when `failure` says in words why this relay can't be used. With `tls` implicit it
    is given the connection when TLS stands. `private`: the relay is on this machine, so nobody can read along.
    """

    def __init__(self, name: str, tls: Tls, credentials: Credentials | None = None, *, private: bool = False) -> None:
        self._name = name
        self._needs_starttls = tls == "starttls"
        self._credentials = credentials
        self._in_the_clear = tls == "none" and not private
        self._reader = ReplyReader()
        self._step = _Step.GREETING
        self._login: Login | None = None
        self._out = b""
        self.extensions: dict[str, str] = {}
        self.failure = ""

    @property
    def ready(self) -> bool:
        """Whether messages may be handed over now."""
        return self._step is _Step.READY and not self.failure

    @property
    def wants_handshake(self) -> bool:
        """Whether TLS begins now: nothing more may be sent or read in the clear."""
        return self._step is _Step.HANDSHAKE and not self.failure

    def take(self) -> bytes:
        """The bytes to send now."""
        data, self._out = self._out, b""
        return data

    def secured(self) -> None:
        """The TLS handshake is done. What was learnt before is forgotten, and EHLO is said again (RFC 3207 §4.2)."""
        self._needs_starttls = False
        self._reader = ReplyReader()
        self.extensions = {}
        self._say(_Step.EHLO, f"EHLO {self._name}")

    def receive(self, data: bytes) -> None:
        """Read what the server said. Words beyond the reply that was awaited are out of turn, and the end."""
        try:
            replies = self._reader.feed(data)
        except Garbage as error:
            self.fail(f"the relay does not speak SMTP: {error}")
            return
        for reply in replies:
            if self._step in _OURS_TO_SPEAK:
                break
            self._HANDLERS[self._step](self, reply)
            if self.failure:
                return
        else:
            if self._step not in _OURS_TO_SPEAK or self._reader.is_between_replies:
                return
        # a server that waits for our turn says nothing: with STARTTLS it may be somebody between (RFC 3207 section 6)
        self.fail("the relay, or somebody between, spoke out of turn; nothing that follows could be trusted")

    def fail(self, why: str) -> None:
        """The relay can't be used; the first reason counts."""
        self.failure = self.failure or why
        self._out = b""

    def _say(self, step: _Step, line: str) -> None:
        self._step = step
        self._out = line.encode() + b"\r\n"

    def _greeted(self, reply: Reply) -> None:
        if reply.code == 220:
            self._say(_Step.EHLO, f"EHLO {self._name}")
        else:
            self.fail(f"the relay refused the connection: {reply}")

    def _introduced(self, reply: Reply) -> None:
        """EHLO's answer lists the extensions; a server that doesn't know EHLO is told HELO (RFC 5321 section 3.2)."""
        if reply.code in _NOT_IMPLEMENTED and self._step is _Step.EHLO:
            self._say(_Step.HELO, f"HELO {self._name}")
        elif reply.code // 100 != 2:
            self.fail(f"the relay refused our name {self._name}: {reply}")
        else:
            if self._step is _Step.EHLO:
                self.extensions = _extensions(reply.lines[1:])
            self._go_on()

    def _go_on(self) -> None:
        if not self._needs_starttls:
            self._log_in()
        elif "STARTTLS" in self.extensions:
            self._say(_Step.STARTTLS, "STARTTLS")
        else:
            self.fail("the relay does not offer STARTTLS, and nothing is sent to it without")

    def _permitted(self, reply: Reply) -> None:
        if reply.code == 220:
            self._step = _Step.HANDSHAKE
        else:
            self.fail(f"the relay refused to begin TLS: {reply}")

    def _log_in(self) -> None:
        if self._credentials is None:
            self._step = _Step.READY
            return
        offered = frozenset(self.extensions.get("AUTH", "").upper().split())
        try:
            mechanism = choose(offered, self._credentials, in_the_clear=self._in_the_clear)
        except NoLogin as error:
            self.fail(str(error))
            return
        self._step, self._login = _Step.LOGIN, Login(mechanism, self._credentials)
        self._out = self._login.opening()

    def _challenged(self, reply: Reply) -> None:
        assert self._login is not None
        if reply.code == 334:
            self._out = self._login.answer(reply.text)
        elif reply.code // 100 == 2:
            self._step = _Step.READY
        else:
            self.fail(f"the relay refused the login: {reply}")

    _HANDLERS: dict[_Step, Callable[["Opening", Reply], None]] = {  # noqa: RUF012
        _Step.GREETING: _greeted,
        _Step.EHLO: _introduced,
        _Step.HELO: _introduced,
        _Step.STARTTLS: _permitted,
        _Step.LOGIN: _challenged,
    }


def _extensions(lines: list[str]) -> dict[str, str]:
    """EHLO's keywords in upper case, with their parameters; `AUTH=` is how old servers write `AUTH`."""
    found: dict[str, str] = {}
    for line in lines:
        keyword, _, parameters = line.strip().replace("AUTH=", "AUTH ", 1).partition(" ")
        if keyword.upper() in found:
            parameters = f"{found[keyword.upper()]} {parameters}"
        found[keyword.upper()] = parameters
    return found
