"""One connection to a relay: a socket that never blocks, TLS on it, and the protocol that speaks over it."""

import os
import selectors
import socket
import ssl
from collections import deque
from dataclasses import dataclass
from errno import EINPROGRESS

from worker.smtp.addresses import Address
from worker.smtp.conversation import Conversation
from worker.smtp.opening import Opening
from worker.smtp.outcome import Envelope

CONNECT_SECONDS = 30.0
OPENING_SECONDS = 300.0
DATA_BLOCK_SECONDS = 180.0
GOODBYE_SECONDS = 5.0
_READ = 65_536


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms connections are made: the relay's name and host, whether TLS comes first, and what is trusted."""

    relay: str
    host: str
    tls_first: bool
    context: ssl.SSLContext
    messages: int | None


class Connection:
    """Give it `serve` when its socket is ready. It is `open` once messages can go; `ended` when all is over.

    Times are seconds of the clock whose reading is passed as `now`.
    """

    def __init__(self, terms: Terms, address: Address, opening: Opening, now: float) -> None:
        self._terms = terms
        self._opening: Opening | None = opening
        self._unsent: deque[memoryview] = deque()
        self._handshaking = False
        self._wants_to_write = True
        self._head: Envelope | None = None
        self._head_since = now
        self._connecting = True
        self._leaving_until: float | None = None
        self.conversation: Conversation | None = None
        self.moved = now
        self.watched = 0
        self.failure = ""
        self.reached = False
        self.sock = socket.socket(address[0], socket.SOCK_STREAM)
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = self.sock.fileno()
        error = self.sock.connect_ex(address[1])
        if error not in {0, EINPROGRESS}:
            self._fail(os.strerror(error))

    @property
    def open(self) -> bool:
        """Whether messages can be handed over."""
        return self.conversation is not None and not self.conversation.closed and self._leaving_until is None

    @property
    def opening(self) -> bool:
        """Whether it is on the way to messages."""
        return self._opening is not None and not self.failure

    @property
    def room(self) -> int:
        """How many messages it can begin to hand over right now."""
        return self.conversation.room if self.conversation is not None and self._leaving_until is None else 0

    @property
    def load(self) -> int:
        """How many messages are under way on it."""
        return self.conversation.load if self.conversation is not None else 0

    @property
    def in_hand(self) -> list[Envelope]:
        """The messages that are under way on it."""
        return self.conversation.in_hand if self.conversation is not None else []

    @property
    def ended(self) -> bool:
        """Whether nothing more can come of it."""
        return bool(self.failure) or (self.conversation is not None and self.conversation.closed)

    @property
    def leaving(self) -> bool:
        """Whether goodbye has been said."""
        return self._leaving_until is not None

    @property
    def interest(self) -> int:
        """What to wait for, in the selectors' terms."""
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent or self._wants_to_write else 0)

    def serve(self, events: int, now: float) -> None:
        """The socket is ready: go on with whatever is under way."""
        if self._connecting:
            self._connected(now)
        elif self._handshaking:
            self._shake_hands(now)
        else:
            if events & selectors.EVENT_WRITE:
                self._flush(now)
            if events & selectors.EVENT_READ:
                self._read(now)

    def send(self, data: bytes, now: float) -> None:
        """Write as much as the socket takes, and keep the rest."""
        if data:
            if not self._unsent:
                self.moved = now
            self._unsent.append(memoryview(data))
            self._flush(now)

    def check(self, now: float) -> None:
        """Give up when nothing has moved for longer than may be (RFC 5321 section 4.5.3.2)."""
        if self.ended:
            return
        idle = now - self.moved
        if self._leaving_until is not None:
            if now >= self._leaving_until:
                self._lose("no goodbye")
        elif self._connecting:
            if idle > CONNECT_SECONDS:
                self._fail("no answer in time")
        elif self._opening is not None:
            if idle > OPENING_SECONDS:
                self._fail("the relay says nothing")
        elif self.conversation is not None and self.conversation.busy and idle > self._patience:
            self._lose("no reply in time")

    @property
    def _patience(self) -> float:
        """Seconds for which nothing may move while messages are under way."""
        if self._unsent or self.conversation is None:
            return DATA_BLOCK_SECONDS
        return self.conversation.patience

    def waited(self, now: float) -> tuple[Envelope, float] | None:
        """The message at the head, and for how many seconds it has been there."""
        head = self.conversation.head if self.conversation is not None else None
        if head is not self._head:
            self._head, self._head_since = head, now
        return None if head is None else (head, now - self._head_since)

    def leave(self, now: float) -> None:
        """Say goodbye on a quiet line; the server's answer or five seconds end it."""
        if self.ended or self._opening is not None:
            self.close()
            return
        self._leaving_until = now + GOODBYE_SECONDS
        self.send(b"QUIT\r\n", now)

    def close(self) -> None:
        """Hang up."""
        self._lose("hung up")
        self.sock.close()

    def _connected(self, now: float) -> None:
        if error := self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._fail(os.strerror(error))
            return
        self._connecting, self._wants_to_write, self.reached, self.moved = False, False, True, now
        if self._terms.tls_first:
            self._begin_tls(now)

    def _begin_tls(self, now: float) -> None:
        """The handshake, with the host's name said and its certificate verified for it."""
        try:
            self.sock = self._terms.context.wrap_socket(
                self.sock, server_hostname=self._terms.host, do_handshake_on_connect=False
            )
        except (OSError, ValueError) as error:
            self._fail(_tls_words(error))
            return
        self._handshaking = True
        self._shake_hands(now)

    def _shake_hands(self, now: float) -> None:
        assert isinstance(self.sock, ssl.SSLSocket)
        assert self._opening is not None
        self._wants_to_write = False
        try:
            self.sock.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLWantWriteError:
            self._wants_to_write = True
            return
        except (OSError, ValueError) as error:
            self._fail(_tls_words(error))
            return
        self._handshaking, self.moved = False, now
        if not self._terms.tls_first:
            self._opening.secured()
            self.send(self._opening.take(), now)
        self._read(now)

    def _flush(self, now: float) -> None:
        """Go on writing. TLS wants the same octets again after it had to wait, so that they stay as they are."""
        try:
            while self._unsent:
                head = self._unsent[0]
                sent = self.sock.send(head)
                self.moved = now
                if sent == len(head):
                    self._unsent.popleft()
                else:
                    self._unsent[0] = head[sent:]
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass
        except OSError as error:
            # what the server said before it hung up tells more than the broken pipe
            self._read(now)
            self._lose(_words(error))

    def _read(self, now: float) -> None:
        """Read what is there; an end of file ends the connection."""
        try:
            while not self.ended and not self._handshaking:
                data = self.sock.recv(_READ)
                if not data:
                    self._lose("the relay closed the connection")
                    return
                self.moved = now
                self._receive(data, now)
                if len(data) < _READ and type(self.sock) is socket.socket:
                    return
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError as error:
            self._lose(_words(error))

    def _receive(self, data: bytes, now: float) -> None:
        if self._leaving_until is not None:
            self._lose("goodbye")
            return
        if self.conversation is not None:
            self.conversation.receive(data)
            return
        assert self._opening is not None
        self._opening.receive(data)
        if self._opening.failure:
            self._fail(self._opening.failure)
        elif self._opening.ready:
            self._converse(self._opening.extensions)
        elif self._opening.wants_handshake:
            self._begin_tls(now)
        else:
            self.send(self._opening.take(), now)

    def _converse(self, extensions: dict[str, str]) -> None:
        size = extensions.get("SIZE", "").strip()
        largest = int(size) if size.isascii() and size.isdigit() else 0
        self.conversation = Conversation(extensions, self._terms.messages, largest=largest, relay=self._terms.relay)
        self._opening = None

    def _fail(self, why: str) -> None:
        """It never came to messages."""
        self.failure = self.failure or why
        self._unsent.clear()

    def _lose(self, why: str) -> None:
        if self.conversation is None:
            self._fail(why)
        elif not self.conversation.closed:
            self.conversation.lose(why)
        self._unsent.clear()


def _words(error: OSError) -> str:
    return error.strerror or str(error)


def _tls_words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}"
    return f"TLS failed: {error}"
