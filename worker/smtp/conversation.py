"""Handing over messages as a pure protocol: bytes in, bytes and events out, no socket in it.

Where the server offers PIPELINING (RFC 2920), a message's body, its final dot and the next message's MAIL, RCPT and
DATA leave in one write. Where it offers CHUNKING too (RFC 3030), several messages are in flight. Else each step waits
for its reply.

A message is *begun* when the octets that complete it are handed out: from then on a lost connection leaves it unknown
(RFC 1047), before that it was never taken.
"""

import re
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import IntEnum, auto

from app.models.delivery_states import DeliveryEvent
from worker.smtp.outcome import Envelope, Outcome
from worker.smtp.replies import Garbage, Reply, ReplyReader

IN_FLIGHT = 8
CLOSING = 421
_ABOUT_US = frozenset({530, 534, 535, 538})
_DOT_LINE = re.compile(rb"\r\n\.")
"""Twice as quick to look for as by the methods of bytes."""
_KINDS = {2: DeliveryEvent.ACCEPTED, 4: DeliveryEvent.DEFERRED, 5: DeliveryEvent.REFUSED}


@dataclass(slots=True, eq=False)
class _Sending:
    """A message under way: whether it was begun, the first refusal that it met, and whether that was about us."""

    envelope: Envelope
    begun: bool = False
    refusal: Reply | None = None
    about_us: bool = False


class _Step(IntEnum):
    """In the order of a message; everything below END comes before the octets that complete it."""

    RSET = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    END = auto()
    VOID = auto()


_PATIENCE = {_Step.DATA: 120.0, _Step.END: 600.0}
_COMMAND_PATIENCE = 300.0


class Conversation:
    """The part after the greeting, EHLO, TLS and login.

    Feed it with `offer` and `receive`; then send what `take` gives. `extensions` are EHLO's keywords in upper case,
    `largest` is the SIZE that it offers in octets (0: not said), `limit` how many messages may go on one connection.
    """

    def __init__(
        self, extensions: Collection[str], limit: int | None = None, *, largest: int = 0, relay: str = ""
    ) -> None:
        self._size = "SIZE" in extensions
        self._utf8 = "SMTPUTF8" in extensions
        self._pipelining = "PIPELINING" in extensions
        self._chunking = self._pipelining and "CHUNKING" in extensions
        self._largest = largest
        self._relay = relay
        self._reader = ReplyReader()
        self._expected: deque[tuple[_Step, _Sending]] = deque()
        self._under_way: list[_Sending] = []
        self._out: list[bytes] = []
        self._begun: list[int] = []
        self._answered: list[tuple[Envelope, Outcome]] = []
        self._returned: list[Envelope] = []
        self._last: tuple[Reply, Outcome] | None = None
        self._left = limit
        self._dirty = False
        self.window = IN_FLIGHT if self._chunking else 2 if self._pipelining else 1
        self.objection = ""
        self.offered = self.answers = 0
        self.closed = False
        self.why = ""
        self.cut_short: Envelope | None = None

    @property
    def room(self) -> int:
        """How many more messages it can begin to hand over right now."""
        if self.closed or self.objection or self._left == 0:
            return 0
        room = self.window - len(self._under_way)
        if room > 0 and not self._chunking:
            room = int(self._may_open)
        return room if self._left is None else min(room, self._left)

    @property
    def exhausted(self) -> bool:
        """Whether no further message may go on this connection."""
        return self.closed or bool(self.objection) or self._left == 0

    @property
    def busy(self) -> bool:
        """Whether a reply is awaited."""
        return bool(self._expected)

    @property
    def head(self) -> Envelope | None:
        """The message whose reply is awaited first: whoever is behind it waits for it."""
        return self._expected[0][1].envelope if self._expected else None

    @property
    def load(self) -> int:
        """How many messages are under way."""
        return len(self._under_way)

    @property
    def in_hand(self) -> list[Envelope]:
        """The messages that are under way."""
        return [sending.envelope for sending in self._under_way]

    @property
    def patience(self) -> float:
        """Seconds that the next reply may take (RFC 5321 section 4.5.3.2)."""
        return _PATIENCE.get(self._expected[0][0], _COMMAND_PATIENCE) if self._expected else _COMMAND_PATIENCE

    def offer(self, envelope: Envelope) -> None:
        """Take a message; ask `room` before. One that can't be sent here is refused at once, and costs no room."""
        if (refusal := self._unfit(envelope)) is not None:
            self._answered.append((envelope, refusal))
            return
        if self._left is not None:
            self._left -= 1
        self.offered += 1
        sending = _Sending(envelope)
        self._under_way.append(sending)
        if self._chunking:
            self._chunk(sending)
        else:
            self._open(sending)

    def receive(self, data: bytes) -> None:
        """Read what the server said."""
        try:
            for reply in self._reader.feed(data):
                if not self.closed:
                    self._reply(reply)
        except Garbage as error:
            self.lose(str(error))

    def lose(self, why: str) -> None:
        """The connection is gone: what was begun is unknown, everything else goes back.

        `cut_short` is the one of these whose reply was awaited.
        """
        self.closed, self.why = True, why
        if self._expected and not self._expected[0][1].begun:
            self.cut_short = self.head
        self._out.clear()
        never_left = set(self._begun)
        self._begun.clear()
        for sending in self._under_way:
            if sending.begun and sending.envelope.id not in never_left:
                words = f"the connection was lost after the message: {why}"
                outcome = Outcome(DeliveryEvent.UNKNOWN, text=words, relay=self._relay)
                self._answered.append((sending.envelope, outcome))
            else:
                self._returned.append(sending.envelope)
        self._expected.clear()
        self._under_way.clear()

    @property
    def completing(self) -> list[int]:
        """The messages that the next bytes complete: write those down before `take`."""
        return self._begun

    @property
    def unanswered(self) -> int:
        """How many messages have left whole, without an answer yet: lost now, they would be unknown."""
        return sum(sending.begun for sending in self._under_way) - len(self._begun)

    def take(self) -> bytes:
        """The bytes to send now."""
        data = b"".join(self._out)
        self._out, self._begun = [], []
        return data

    @property
    def has_results(self) -> bool:
        """Whether `results` has something to tell."""
        return bool(self._answered or self._returned)

    def results(self) -> tuple[list[tuple[Envelope, Outcome]], list[Envelope]]:
        """What was answered since the last call, and what was given back untaken."""
        answered, returned = self._answered, self._returned
        self._answered, self._returned = [], []
        return answered, returned

    def _unfit(self, envelope: Envelope) -> Outcome | None:
        """Why this message can't be sent here, whatever the server would say."""
        if envelope.is_international and not self._utf8:
            return self._refusal(550, "5.6.7", "the relay does not offer SMTPUTF8")
        if self._largest and len(envelope.data) > self._largest:
            words = f"the message has {len(envelope.data)} octets and the relay takes {self._largest} at most"
            return self._refusal(552, "5.3.4", words)
        if any(mark in address for address in (envelope.sender, envelope.recipient) for mark in "\r\n\0"):
            return self._refusal(553, "5.1.3", "an address with a line break in it")
        return None

    def _refusal(self, code: int, enhanced: str, text: str) -> Outcome:
        return Outcome(DeliveryEvent.REFUSED, code, enhanced, text, self._relay)

    @property
    def _may_open(self) -> bool:
        """With pipelining the next message is opened while the last one's end is awaited; DATA ends a group."""
        if not self._expected:
            return True
        return self._pipelining and self._expected[-1][0] >= _Step.END

    def _chunk(self, sending: _Sending) -> None:
        """One message in one group.

        Behind others in flight RSET comes first: were one of them refused, its transaction would still be open, and
        this message's recipient would be added to it (RFC 3030 section 2). Where all are known taken, none is open.
        """
        data = sending.envelope.data
        if self._expected or self._dirty:
            self._dirty = False
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
        if self._size:
            options += f" SIZE={len(envelope.data)}"
        return f"MAIL FROM:<{envelope.sender}>{options}\r\n".encode()

    def _reply(self, reply: Reply) -> None:
        if not self._expected:
            self.lose(str(reply))
            return
        step, sending = self._expected[0]
        if reply.code == CLOSING:
            self._close(str(reply))
        elif not _fits(step, reply):
            self.lose(f"the relay answered {step.name} with {reply}")
        else:
            self._expected.popleft()
            self._HANDLERS[step](self, sending, reply)

    def _close(self, why: str) -> None:
        """421: the server closes. It took neither this message nor any behind it (section 3.8); all go back."""
        for sending in self._under_way:
            sending.begun = False
        self.lose(why)

    def _reset(self, sending: _Sending, reply: Reply) -> None:
        if not self._pipelining:
            self._command(_Step.MAIL, sending, self._mail(sending))

    def _mailed(self, sending: _Sending, reply: Reply) -> None:
        self._note(sending, reply)
        if sending.refusal is reply and _is_about_us(reply):
            sending.about_us = True
            self.objection = f"the relay will take nothing from us: {reply}"
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
            self._expected.append((_Step.END, sending))
            envelope = sending.envelope
            self._out += [envelope.data, b".\r\n"] if envelope.dotless else _stuffed(envelope.data)

    def _ended(self, sending: _Sending, reply: Reply) -> None:
        """Its last reply. A refused chunk leaves the transaction open, the final dot never does (section 4.1.1.4).

        A message whose sender or recipient was refused has reached nobody, whatever is said of its octets.
        """
        if reply.code < 400 and sending.refusal is None:
            self._finish(sending, reply)
            return
        self._note(sending, reply)
        self._dirty = self._dirty or self._chunking
        self._finish(sending, sending.refusal or reply)

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
        self._under_way.remove(sending)
        if sending.about_us and reply is sending.refusal:
            self._returned.append(sending.envelope)
            return
        self.answers += 1
        if self._last is None or self._last[0] is not reply:
            outcome = Outcome(_KINDS[reply.code // 100], reply.code, reply.enhanced, reply.text, self._relay)
            self._last = (reply, outcome)
        self._answered.append((sending.envelope, self._last[1]))

    _HANDLERS: dict[_Step, Callable[["Conversation", _Sending, Reply], None]] = {  # noqa: RUF012
        _Step.RSET: _reset,
        _Step.MAIL: _mailed,
        _Step.RCPT: _addressed,
        _Step.DATA: _invited,
        _Step.END: _ended,
        _Step.VOID: _voided,
    }


def _fits(step: _Step, reply: Reply) -> bool:
    """Whether a reply can be the answer to this step: 354 invites data and nothing else does.

    RSET is never refused (RFC 5321 section 4.1.1.5): where it is, nobody knows to whom the next message would go.
    """
    if step is _Step.DATA:
        return reply.code == 354 or reply.code >= 400
    return reply.code // 100 == 2 or (reply.code >= 400 and step is not _Step.RSET)


def _is_about_us(reply: Reply) -> bool:
    """Whether a refusal of MAIL is about our right to send at all, and so the same for every message."""
    return reply.code in _ABOUT_US or (reply.enhanced or "").endswith((".7.8", ".7.9"))


def _rcpt(sending: _Sending) -> bytes:
    return f"RCPT TO:<{sending.envelope.recipient}>\r\n".encode()


def _stuffed(data: bytes) -> list[bytes]:
    """Dot-stuffed and ended (RFC 5321 section 4.5.2); without a dot at a line's beginning nothing is copied."""
    body = data.replace(b"\r\n.", b"\r\n..") if _DOT_LINE.search(data) else data
    return [b".", body, b".\r\n"] if body.startswith(b".") else [body, b".\r\n"]
