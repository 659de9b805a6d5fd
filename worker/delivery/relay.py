"""The relay: several kept connections served by one process, from one selector.

Greeting, EHLO, TLS and login are smtplib's; from then on the sockets don't block and `Conversation` speaks.
"""

import selectors
import smtplib
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress

from app.smtp_url import SmtpUrl
from worker.delivery.conversation import Conversation
from worker.delivery.outcome import Envelope, Outcome, RelayAway

CONNECTIONS = 4
CONNECT_SECONDS = 30.0
COMMAND_SECONDS = 300.0
END_OF_DATA_SECONDS = 600.0
IDLE_SECONDS = 60.0
_FAILURES = 3
_ASK_AGAIN_SECONDS = 30.0
_READ = 65_536


class Connection:
    """One open connection: its socket, its conversation, and what is still to be written."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        assert smtp.sock is not None
        self.smtp = smtp
        self.sock: socket.socket = smtp.sock
        self.sock.setblocking(False)
        self.conversation = Conversation(frozenset(name.upper() for name in smtp.esmtp_features))
        self._unsent = memoryview(b"")
        self.deadline = 0.0
        self.used = time.monotonic()
        self.proven = False

    @property
    def wants_to_write(self) -> bool:
        """Whether bytes wait for the socket."""
        return bool(self._unsent)

    def send(self, data: bytes) -> None:
        """Write as much as the socket takes, keep the rest."""
        self._unsent = memoryview(bytes(self._unsent) + data) if self._unsent else memoryview(data)
        self.flush()

    def flush(self) -> None:
        """Go on writing; a broken socket loses the conversation."""
        try:
            while self._unsent:
                self._unsent = self._unsent[self.sock.send(self._unsent) :]
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass
        except OSError as error:
            self.conversation.lose(str(error))

    def read(self) -> None:
        """Read what is there and tell the conversation; an end of file loses it."""
        try:
            while data := self.sock.recv(_READ):
                self.conversation.receive(data)
                self.wait()
            self.conversation.lose("the relay closed the connection")
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError as error:
            self.conversation.lose(str(error))

    def wait(self) -> None:
        """Set the time by which the next reply must come (RFC 5321 section 4.5.3.2)."""
        patience = END_OF_DATA_SECONDS if self.conversation.awaits_end else COMMAND_SECONDS
        self.used = time.monotonic()
        self.deadline = self.used + patience

    def quit(self) -> None:
        """Say goodbye if the line is quiet, and close."""
        with suppress(smtplib.SMTPException, OSError):
            if not self.conversation.closed and not self.conversation.busy:
                self.sock.settimeout(5)
                self.smtp.quit()
        self.smtp.close()


class Relay:
    """Hands over many messages at once on a few kept connections."""

    def __init__(self, url: SmtpUrl, ehlo_name: str, connections: int = CONNECTIONS) -> None:
        self._url = url
        self._ehlo_name = ehlo_name
        self._most = connections
        self._open: list[Connection] = []
        self._failures = 0
        self._not_before = 0.0

    def hand_over(
        self, envelopes: Iterator[Envelope], begun: Callable[[list[int]], None]
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Hand over and give each outcome as it comes; `begun` is called before the octets that complete them leave.

        Raises RelayAway when no conversation can be had; messages without an outcome were not taken then.
        """
        source = _Source(envelopes)
        self._drop_dead()
        try:
            yield from self._work(source, begun)
        except BaseException:
            self._abort()
            raise

    def _work(self, source: "_Source", begun: Callable[[list[int]], None]) -> Iterator[tuple[int, Outcome]]:
        while True:
            self._feed(source, begun)
            yield from self._outcomes(source, begun)
            if any(connection.conversation.busy for connection in self._open):
                self._wait()
            elif source.is_empty:
                return

    def close(self) -> None:
        """Say QUIT on every connection."""
        while self._open:
            self._open.pop().quit()

    def _drop_dead(self) -> None:
        """Forget connections that were idle for long, or that the relay has closed, before anything is sent on them."""
        for connection in self._open:
            connection.read()
        for connection in list(self._open):
            if connection.conversation.closed or time.monotonic() - connection.used > IDLE_SECONDS:
                self._open.remove(connection)
                connection.quit()

    def _abort(self) -> None:
        """Hang up everywhere: somebody stopped listening, and no reply may be taken for another message's."""
        while self._open:
            self._open.pop().smtp.close()

    def _feed(self, source: "_Source", begun: Callable[[list[int]], None]) -> None:
        """Spread what waits over the connections, the emptiest first; open others while all have something to do."""
        while not source.is_empty:
            emptiest = max(self._open, key=lambda connection: connection.conversation.room, default=None)
            crowded = emptiest is None or emptiest.conversation.busy
            if crowded and len(self._open) < self._most and self._one_more():
                continue
            if emptiest is None or emptiest.conversation.room <= 0:
                return
            if (envelope := source.next()) is not None:
                emptiest.conversation.offer(envelope)
                self._flush(emptiest, begun)

    def _one_more(self) -> bool:
        """Open a connection. A relay that takes no further one is asked again later; one that takes none is away."""
        if not self._open:
            self._refuse_if_away()
        elif time.monotonic() < self._not_before:
            return False
        try:
            self._open.append(self._connect())
        except RelayAway:
            if not self._open:
                raise
            self._not_before = time.monotonic() + _ASK_AGAIN_SECONDS
            return False
        return True

    def _refuse_if_away(self) -> None:
        """A relay that answers to no message on one new connection after the other is away."""
        if self._failures >= _FAILURES:
            self._failures = 0
            raise RelayAway(f"{self._url} closed {_FAILURES} connections without taking a message")

    def _flush(self, connection: Connection, begun: Callable[[list[int]], None]) -> None:
        data, completed = connection.conversation.take()
        if completed:
            begun(completed)
        if data:
            connection.send(data)
            connection.wait()

    def _outcomes(self, source: "_Source", begun: Callable[[list[int]], None]) -> Iterator[tuple[int, Outcome]]:
        """What has been answered; what connections gave back goes to the others."""
        for connection in list(self._open):
            self._flush(connection, begun)
            answered, returned = connection.conversation.results()
            if answered:
                self._failures, connection.proven = 0, True
            yield from answered
            source.give_back(returned)
            if connection.conversation.closed:
                connection.smtp.close()
                self._open.remove(connection)
                self._failures += not connection.proven

    def _wait(self) -> None:
        """Sleep until a socket is ready or a reply is overdue."""
        with selectors.DefaultSelector() as selector:
            for connection in self._open:
                events = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.wants_to_write else 0)
                selector.register(connection.sock, events, connection)
            nearest = min(connection.deadline for connection in self._open if connection.conversation.busy)
            for key, events in selector.select(max(nearest - time.monotonic(), 0.0)):
                if events & selectors.EVENT_WRITE:
                    key.data.flush()
                if events & selectors.EVENT_READ:
                    key.data.read()
        for connection in self._open:
            if connection.conversation.busy and time.monotonic() > connection.deadline:
                connection.conversation.lose("no reply in time")

    def _connect(self) -> Connection:
        url, context = self._url, ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        name, patience = self._ehlo_name, CONNECT_SECONDS
        smtp: smtplib.SMTP | None = None
        try:
            if url.tls == "implicit":
                smtp = smtplib.SMTP_SSL(url.host, url.port, local_hostname=name, timeout=patience, context=context)
            else:
                smtp = smtplib.SMTP(url.host, url.port, local_hostname=name, timeout=patience)
            smtp.ehlo_or_helo_if_needed()
            if url.tls == "starttls":
                smtp.starttls(context=context)
                smtp.ehlo()
            if url.user:
                smtp.login(url.user, url.password)
        except (smtplib.SMTPException, OSError) as error:
            if smtp is not None:
                smtp.close()
            raise RelayAway(f"{url}: {error}") from error
        assert smtp.sock is not None
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Connection(smtp)


class _Source:
    """Messages that wait: new ones, and before them those that a connection gave back."""

    def __init__(self, envelopes: Iterator[Envelope]) -> None:
        self._envelopes = envelopes
        self._returned: deque[Envelope] = deque()
        self._peeked: Envelope | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        if self._returned or self._peeked is not None:
            return False
        self._peeked = next(self._envelopes, None)
        return self._peeked is None

    def next(self) -> Envelope | None:
        """The next message, or None."""
        if self._returned:
            return self._returned.popleft()
        if self.is_empty:
            return None
        envelope, self._peeked = self._peeked, None
        return envelope

    def give_back(self, envelopes: list[Envelope]) -> None:
        """Messages that were not taken come first."""
        self._returned.extend(envelopes)
