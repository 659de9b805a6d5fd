"""A mail server in a process of its own that misbehaves as it is told and writes down what it takes before it says so.

`python -m tests.chaos.sink BOOK PORT` listens on loopback (port 0: any) and prints its port. Orders come as lines of
JSON on standard input, each answered with `ok`; it ends with its input. The lines of the book:

    A <time> <Message-ID> <recipient>     accepted; written before the reply leaves
    R <time> <code> <recipient>           not accepted: refused or put off
    F <time> <fault> <number>             a fault that struck, and how many connections
"""

import asyncio
import json
import os
import ssl
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NOBODY = "nobody"
"""Recipients whose address begins so are refused for good."""

BEFORE_THE_DOT, AFTER_THE_DOT, CLOSING, HANG = "cut before the dot", "cut after the dot", "421", "hang"
DEFER, CERTIFICATE = "4xx to a third", "wrong certificate"
_LONGEST_COMMAND = 4096


@dataclass
class Script:
    """What the server does at present; `left` counts how often a fault still strikes."""

    extensions: list[str] = field(default_factory=lambda: ["SIZE 10000000", "8BITMIME", "SMTPUTF8", "PIPELINING"])
    pause: float = 0.0
    left: dict[str, int] = field(default_factory=dict)
    hang_seconds: float = 1.0
    hang_answers: bool = False
    defer_until: float = 0.0

    def strikes(self, fault: str) -> bool:
        """Whether the fault strikes here; it is used up by that."""
        number = self.left.get(fault, 0)
        self.left[fault] = max(number - 1, 0)
        return number > 0

    def defers(self, recipient: str) -> bool:
        """Whether this is one of the third that is put off now."""
        return time.time() < self.defer_until and zlib.crc32(recipient.encode()) % 3 == 0


class Book:
    """The record, written with one system call for all that one read from a socket has brought."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
        self._lines: list[str] = []

    def note(self, kind: str, *words: object) -> None:
        self._lines.append(f"{kind} {time.time():.3f} {' '.join(map(str, words))}\n")

    def flush(self) -> None:
        if self._lines:
            os.write(self._descriptor, "".join(self._lines).encode())
            self._lines.clear()


class Server:
    """What all connections share."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.script = Script()
        self.sessions: set[Session] = set()
        self.tls: ssl.SSLContext | None = None
        self.right_certificate = ""

    def obey(self, order: dict[str, Any]) -> None:
        """Carry out one order of the harness."""
        match order:
            case {"set": changes}:
                for name, value in changes.items():
                    setattr(self.script, name, value)
                self.send_away()
            case {"fault": "defer", "seconds": seconds}:
                self.script.defer_until = time.time() + seconds
                self.book.note("F", DEFER, 0)
            case {"fault": "certificate", "seconds": seconds, "file": file}:
                self.present(file)
                self.send_away()
                self.book.note("F", CERTIFICATE, len(self.sessions))
                asyncio.get_running_loop().call_later(seconds, self.present, self.right_certificate)
            case {"fault": fault, "times": times, **more}:
                self.script.left[fault] = times
                self.script.hang_seconds = more.get("seconds", self.script.hang_seconds)
                self.script.hang_answers = more.get("answers", self.script.hang_answers)
        self.book.flush()

    def present(self, file: str) -> None:
        """Show another certificate to whoever connects from now on."""
        assert self.tls is not None
        self.tls.load_cert_chain(file)

    def send_away(self) -> None:
        """Answer 421 to the next transaction on each open connection, so that all come anew."""
        for session in self.sessions:
            session.leaving = True


class Session(asyncio.Protocol):
    """One connection: commands, contents, replies."""

    transport: asyncio.Transport

    def __init__(self, server: Server) -> None:
        self.server = server
        self.script = server.script
        self.leaving = False
        self._buffer = bytearray()
        self._replies: list[bytes] = []
        self._wanted = 0
        self._read: Callable[[], bool] = self._command
        self._recipient = ""
        self._refusal = ""
        self._gone = self._waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.sessions.add(self)
        transport.write(b"220 sink.example ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone = True
        self.server.sessions.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._go_on()

    def _go_on(self) -> None:
        """Read what is complete, write it down, and only then answer."""
        while not self._waits and not self._gone and self._read():
            pass
        self._answer()

    def _answer(self) -> None:
        self.server.book.flush()
        if self._replies and not self.transport.is_closing():
            self.transport.write(b"".join(self._replies))
        self._replies.clear()

    def _say(self, text: str) -> None:
        self._replies.append(text.encode() + b"\r\n")

    def _command(self) -> bool:
        end = self._buffer.find(b"\r\n", 0, _LONGEST_COMMAND)
        if end < 0:
            return False
        line = bytes(self._buffer[:end]).decode()
        del self._buffer[: end + 2]
        verb, _, rest = line.partition(" ")
        self._VERBS.get(verb.upper(), Session._fine)(self, rest)
        return True

    def _hello(self, rest: str) -> None:
        lines = ["sink.example", *self.script.extensions]
        for number, words in enumerate(lines):
            self._say(f"250{' ' if number == len(lines) - 1 else '-'}{words}")

    def _fine(self, rest: str) -> None:
        self._say("250 2.0.0 ok")

    def _mail(self, rest: str) -> None:
        self._recipient = self._refusal = ""
        if self.leaving:
            self._close()
        else:
            self._say("250 2.1.0 ok")

    def _rcpt(self, rest: str) -> None:
        recipient = rest.partition("<")[2].partition(">")[0]
        if self.script.strikes(CLOSING):
            self.server.book.note("F", CLOSING, 1)
            self._close()
            return
        if recipient.startswith(NOBODY):
            self._refusal = "552 5.2.2 this mailbox is full"
        elif self.script.defers(recipient):
            self._refusal = "451 4.3.0 come again later"
        if self._refusal:
            self.server.book.note("R", self._refusal[:3], recipient)
            self._say(self._refusal)
        else:
            self._recipient = recipient
            self._say("250 2.1.5 ok")

    def _data(self, rest: str) -> None:
        if not self._recipient:
            self._say("554 5.5.1 no valid recipients")
        elif self.script.strikes(BEFORE_THE_DOT):
            self._cut(BEFORE_THE_DOT)
        else:
            self._say("354 go on")
            self._read = self._body

    def _chunk(self, rest: str) -> None:
        if self._recipient and self.script.strikes(BEFORE_THE_DOT):
            self._cut(BEFORE_THE_DOT)
            return
        self._wanted = int(rest.split(maxsplit=1)[0])
        self._read = self._octets

    def _quit(self, rest: str) -> None:
        self._say("221 2.0.0 bye")
        self._answer()
        self.transport.close()
        self._gone = True

    def _body(self) -> bool:
        """The message up to its dot."""
        end = self._buffer.find(b"\r\n.\r\n", self._wanted)
        if end < 0:
            self._wanted = max(len(self._buffer) - 4, 0)
            return False
        self._finish(end, end + 5)
        return True

    def _octets(self) -> bool:
        """The message as a chunk of known length."""
        if len(self._buffer) < self._wanted:
            return False
        self._finish(self._wanted, self._wanted)
        return True

    def _finish(self, length: int, consumed: int) -> None:
        """Accept the message, if there is a recipient: note it first, then answer, as the script has it."""
        self._read, self._wanted = self._command, 0
        recipient, self._recipient = self._recipient, ""
        identity = _message_id(self._buffer, length)
        del self._buffer[:consumed]
        if not recipient:
            self._say("554 5.5.1 no valid recipients")
            return
        self.server.book.note("A", identity, recipient)
        if self.script.strikes(AFTER_THE_DOT):
            self._cut(AFTER_THE_DOT)
        elif self.script.strikes(HANG):
            self.server.book.note("F", HANG, 1)
            self._wait(self.script.hang_seconds, self._accept if self.script.hang_answers else self._vanish)
        elif self.script.pause:
            self._wait(self.script.pause, self._accept)
        else:
            self._accept()

    def _accept(self) -> None:
        self._say("250 2.0.0 taken")

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        """Say nothing and read nothing for a while; what was to be said before is said."""
        self._answer()
        self._waits = True

        def wake() -> None:
            self._waits = False
            then()
            self._go_on()

        asyncio.get_running_loop().call_later(seconds, wake)

    def _cut(self, fault: str) -> None:
        """Break the line off; replies to earlier commands still leave."""
        self.server.book.note("F", fault, 1)
        self._answer()
        self._vanish()

    def _vanish(self) -> None:
        self._gone = True
        self.transport.abort()

    def _close(self) -> None:
        """421: nothing that follows is taken."""
        self._say("421 4.3.2 closing for a moment")
        self._answer()
        self._gone = True
        self.transport.close()

    _VERBS: dict[str, Callable[["Session", str], None]] = {  # noqa: RUF012
        "EHLO": _hello,
        "MAIL": _mail,
        "RCPT": _rcpt,
        "DATA": _data,
        "BDAT": _chunk,
        "QUIT": _quit,
    }


def _message_id(buffer: bytearray, length: int) -> str:
    start = buffer.find(b"\r\nMessage-ID: <", 0, length)
    return bytes(buffer[start + 15 : buffer.find(b"@", start, length)]).decode()


async def serve(book: Path, port: int, certificate: str) -> None:
    """Listen until standard input ends."""
    server = Server(Book(book))
    if certificate:
        server.right_certificate = certificate
        server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.tls.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Session(server), "127.0.0.1", port, ssl=server.tls)
    print(listening.sockets[0].getsockname()[1], flush=True)
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        server.obey(json.loads(line))
        print("ok", flush=True)


if __name__ == "__main__":
    path, number, *file = sys.argv[1:]
    asyncio.run(serve(Path(path), int(number), file[0] if file else ""))
