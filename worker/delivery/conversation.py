"""One conversation with a mail server as a pure protocol: bytes in, bytes and events out, no socket in it.

Where the server offers PIPELINING (RFC 2920), a message's body, its final dot and the next message's MAIL, RCPT and
DATA leave in one write. Where it offers CHUNKING too (RFC 3030), several messages are in flight. Else each step waits
for its reply.

A message is *begun* when the octets that complete it are handed out: from then on a lost connection leaves it unknown
(RFC 1047), before that it was never taken.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from app.models.delivery_states import DeliveryEvent
from worker.delivery.outcome import Envelope, Outcome
from worker.delivery.replies import Garbage, Reply, ReplyReader

IN_FLIGHT = 8
CLOSING = 421


@dataclass(slots=True)
class _Sending:
    """A message under way: whether it was begun, and the first refusal that it met."""

    envelope: Envelope
    begun: bool = False
    refusal: Reply | None = None


class _Step(Enum):
    RSET = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    END = auto()
    VOID = auto()


class Conversation:
    """The part after the greeting, EHLO, TLS and login: handing over messages.

    Feed it with `offer` and `receive`; after each, send what `take` gives. `extensions` are EHLO's keywords in upper
    case; `limit` is how many messages the relay takes on one connection, if that is known.
    """

    def __init__(self, extensions: frozenset[str], limit: int | None = None) -> None:
        self._extensions = extensions
        self._pipelining = "PIPELINING" in extensions
        self._chunking = self._pipelining and "CHUNKING" in extensions
        self._reader = ReplyReader()
        self._expected: deque[tuple[_Step, _Sending]] = deque()
        self._out: list[bytes] = []
        self._answered: list[tuple[int, Outcome]] = []
        self._returned: list[Envelope] = []
        self._begun: list[int] = []
        self._waiting: deque[_Sending] = deque()
        self._left = limit
        self._dirty = False
        self.closed = False

    @property
    def room(self) -> int:
        """How many more messages it can take now."""
        if self.closed or self._left == 0:
            return 0
        window = IN_FLIGHT if self._chunking else 2 if self._pipelining else 1
        return window - len({id(sending) for _, sending in self._expected} | {id(one) for one in self._waiting})

    @property
    def busy(self) -> bool:
        """Whether a reply is awaited."""
        return bool(self._expected)

    @property
    def awaits_end(self) -> bool:
        """Whether the reply to a whole message is awaited, which may take ten minutes (section 4.5.3.2.6)."""
        return any(step is _Step.END for step, _ in self._expected)

    def offer(self, envelope: Envelope) -> None:
        """Take a message; ask `room` before."""
        if self._left is not None:
            self._left -= 1
        if envelope.is_international and "SMTPUTF8" not in self._extensions:
            refusal = Outcome(DeliveryEvent.REFUSED, 550, "5.6.7", "the relay does not offer SMTPUTF8")
            self._answered.append((envelope.id, refusal))
            return
        self._waiting.append(_Sending(envelope))
        self._advance()

    def receive(self, data: bytes) -> None:
        """Read what the server said."""
        try:
            for reply in self._reader.feed(data):
                self._reply(reply)
        except Garbage as error:
            self.lose(str(error))

    def lose(self, why: str) -> None:
        """The connection is gone: what was begun is unknown, everything else goes back."""
        self.closed = True
        self._out.clear()
        for sending in self._under_way():
            if sending.begun:
                words = f"the connection was lost after the message: {why}"
                self._answered.append((sending.envelope.id, Outcome(DeliveryEvent.UNKNOWN, text=words)))
            else:
                self._returned.append(sending.envelope)
        self._expected.clear()
        self._waiting.clear()

    def take(self) -> tuple[bytes, list[int]]:
        """The bytes to send now, and the messages that they complete: write those down before the bytes leave."""
        data, begun = b"".join(self._out), self._begun
        self._out, self._begun = [], []
        return data, begun

    def results(self) -> tuple[list[tuple[int, Outcome]], list[Envelope]]:
        """What was answered since the last call, and what was given back untaken."""
        answered, returned = self._answered, self._returned
        self._answered, self._returned = [], []
        return answered, returned

    def _under_way(self) -> list[_Sending]:
        found = {id(sending): sending for _, sending in self._expected}
        return [*found.values(), *(one for one in self._waiting if id(one) not in found)]

    def _advance(self) -> None:
        """Send what may be sent now."""
        if self._chunking:
            while self._waiting:
                self._chunk(self._waiting.popleft())
        elif self._waiting and self._may_open:
            self._open(self._waiting.popleft())

    @property
    def _may_open(self) -> bool:
        """With pipelining the next message is opened while the last one's end is awaited; DATA ends a group."""
        if not self._pipelining:
            return not self._expected
        return not any(step in {_Step.RSET, _Step.MAIL, _Step.RCPT, _Step.DATA} for step, _ in self._expected)

    def _chunk(self, sending: _Sending) -> None:
        """One message in one group. RSET first, so that a refused message can't spoil the next one (RFC 3030 §2)."""
        data = sending.envelope.data
        self._command(_Step.RSET, sending, b"RSET\r\n")
        self._command(_Step.MAIL, sending, self._mail(sending))
        self._command(_Step.RCPT, sending, _rcpt(sending))
        self._begin(sending)
        self._command(_Step.END, sending, b"BDAT %d LAST\r\n" % len(data))
        self._out.append(data)

    def _open(self, sending: _Sending) -> None:
        """MAIL, RCPT and DATA in one group, or MAIL alone where the server wants to answer each."""
        if self._dirty:
            self._dirty = False
            self._command(_Step.RSET, sending, b"RSET\r\n")
            if not self._pipelining:
                return
        self._command(_Step.MAIL, sending, self._mail(sending))
        if self._pipelining:
            self._command(_Step.RCPT, sending, _rcpt(sending))
            self._command(_Step.DATA, sending, b"DATA\r\n")

    def _command(self, step: _Step, sending: _Sending, line: bytes) -> None:
        self._expected.append((step, sending))
        self._out.append(line)

    def _begin(self, sending: _Sending) -> None:
        sending.begun = True
        self._begun.append(sending.envelope.id)

    def _mail(self, sending: _Sending) -> bytes:
        envelope = sending.envelope
        options = " SMTPUTF8 BODY=8BITMIME" if envelope.is_international else ""
        if "SIZE" in self._extensions:
            options += f" SIZE={len(envelope.data)}"
        return f"MAIL FROM:<{envelope.sender}>{options}\r\n".encode()

    def _reply(self, reply: Reply) -> None:
        if not self._expected:
            self.lose(f"{reply.code} {reply.text}")
            return
        step, sending = self._expected.popleft()
        if not _fits(step, reply):
            self._expected.appendleft((step, sending))
            self.lose(f"the relay answered {step.name} with {reply.code} {reply.text}")
            return
        if reply.code == CLOSING:
            self._expected.appendleft((step, sending))
            self._close(f"{reply.code} {reply.text}")
            return
        self._HANDLERS[step](self, sending, reply)
        self._advance()

    def _close(self, why: str) -> None:
        """421: the server closes. It took neither this message nor any behind it (section 3.8); all go back."""
        for sending in self._under_way():
            sending.begun = False
        self.lose(why)

    def _reset(self, sending: _Sending, reply: Reply) -> None:
        if reply.code >= 400 and sending.refusal is None:
            sending.refusal = reply
        if not self._pipelining:
            self._command(_Step.MAIL, sending, self._mail(sending))

    def _mailed(self, sending: _Sending, reply: Reply) -> None:
        self._note(sending, reply)
        if not self._pipelining:
            if sending.refusal is None:
                self._command(_Step.RCPT, sending, _rcpt(sending))
            else:
                self._refuse(sending)

    def _addressed(self, sending: _Sending, reply: Reply) -> None:
        self._note(sending, reply)
        if not self._pipelining:
            if sending.refusal is None:
                self._command(_Step.DATA, sending, b"DATA\r\n")
            else:
                self._refuse(sending)

    def _invited(self, sending: _Sending, reply: Reply) -> None:
        """The reply to DATA. With no valid recipient a 354 is answered by a lone dot (RFC 2920 section 3.1)."""
        if reply.code != 354:
            self._note(sending, reply)
            self._refuse(sending)
        elif sending.refusal is not None:
            self._command(_Step.VOID, sending, b".\r\n")
            self._refuse(sending)
        else:
            self._begin(sending)
            self._command(_Step.END, sending, _stuffed(sending.envelope.data))

    def _ended(self, sending: _Sending, reply: Reply) -> None:
        if sending.refusal is not None and reply.code >= 400:
            reply = sending.refusal
        self._finish(sending, reply)

    def _voided(self, sending: _Sending, reply: Reply) -> None:
        """What a server says to an empty message that has no recipient doesn't matter."""

    def _note(self, sending: _Sending, reply: Reply) -> None:
        if reply.code >= 400 and sending.refusal is None:
            sending.refusal = reply

    def _refuse(self, sending: _Sending) -> None:
        self._dirty = True
        assert sending.refusal is not None
        self._finish(sending, sending.refusal)

    def _finish(self, sending: _Sending, reply: Reply) -> None:
        kind = {2: DeliveryEvent.ACCEPTED, 4: DeliveryEvent.DEFERRED, 5: DeliveryEvent.REFUSED}[reply.code // 100]
        self._answered.append((sending.envelope.id, Outcome(kind, reply.code, reply.enhanced, reply.text)))

    _HANDLERS: dict[_Step, Callable[["Conversation", _Sending, Reply], None]] = {  # noqa: RUF012
        _Step.RSET: _reset,
        _Step.MAIL: _mailed,
        _Step.RCPT: _addressed,
        _Step.DATA: _invited,
        _Step.END: _ended,
        _Step.VOID: _voided,
    }


def _fits(step: _Step, reply: Reply) -> bool:
    """Whether a reply can be the answer to this step: 354 invites data and nothing else does."""
    return reply.code >= 400 or (reply.code == 354 if step is _Step.DATA else reply.code // 100 == 2)


def _rcpt(sending: _Sending) -> bytes:
    return f"RCPT TO:<{sending.envelope.recipient}>\r\n".encode()


def _stuffed(data: bytes) -> bytes:
    """Dot-stuff and end (RFC 5321 section 4.5.2)."""
    body = data.replace(b"\r\n.", b"\r\n..")
    return (b"." if body.startswith(b".") else b"") + body + b".\r\n"
