"""A mail server that takes all and keeps nothing, with what smtp-sink lacks: CHUNKING, and a wait before it answers.

`python -m benchmarks.sink PORT [--chunking] [--wait SECONDS] [--book FILE]`. The wait is before the reply to each whole
message; what else came on that connection is read afterwards, as with a server that stores the message meanwhile. Into
the book it writes, for each message, when it took it (seconds of the monotonic clock) and for whom.
"""

import argparse
import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path

_END = b"\r\n.\r\n"
_EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "SIZE 52428800")
_REPLIES = {
    b"MAIL": b"250 2.1.0 Ok\r\n",
    b"RCPT": b"250 2.1.5 Ok\r\n",
    b"RSET": b"250 2.0.0 Ok\r\n",
    b"NOOP": b"250 2.0.0 Ok\r\n",
    b"DATA": b"354 End data with <CR><LF>.<CR><LF>\r\n",
    b"QUIT": b"221 2.0.0 Bye\r\n",
}
_TAKEN = b"250 2.0.0 Ok: taken\r\n"


@dataclass(frozen=True, slots=True)
class Manner:
    """How the server behaves; `book` is the descriptor of the open book, or None."""

    chunking: bool
    wait: float
    book: int | None


class Sink(asyncio.Protocol):
    """One connection."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        names = ("sink.example", *_EXTENSIONS, *(("CHUNKING",) if manner.chunking else ()))
        lines = [f"250{' ' if name == names[-1] else '-'}{name}\r\n" for name in names]
        self._greeting = "".join(lines).encode()
        self._buffer = bytearray()
        self._out: list[bytes] = []
        self._in_message = False
        self._chunk_left = 0
        self._in_chunk = False
        self._storing = False
        self._recipient = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Read what came, unless a message is being stored."""
        self._buffer += data
        self._work()

    def _work(self) -> None:
        while not self._storing and self._step():
            pass
        if self._out:
            self._transport.write(b"".join(self._out))
            self._out.clear()

    def _step(self) -> bool:
        """Read one command or one message; False if more octets are needed."""
        if self._in_message:
            return self._message()
        if self._in_chunk:
            return self._chunk()
        return self._command()

    def _message(self) -> bool:
        end = self._buffer.find(_END)
        if end < 0:
            del self._buffer[: -len(_END)]
            return False
        del self._buffer[: end + len(_END)]
        self._in_message = False
        self._take()
        return True

    def _chunk(self) -> bool:
        used = min(self._chunk_left, len(self._buffer))
        del self._buffer[:used]
        self._chunk_left -= used
        if self._chunk_left:
            return False
        self._in_chunk = False
        self._take()
        return True

    def _take(self) -> None:
        if not self._manner.wait:
            self._taken()
            return
        self._storing = True
        asyncio.get_running_loop().call_later(self._manner.wait, self._stored)

    def _stored(self) -> None:
        self._storing = False
        self._taken()
        self._work()

    def _taken(self) -> None:
        self._out.append(_TAKEN)
        if self._manner.book is not None:
            os.write(self._manner.book, b"%.6f %b\n" % (time.monotonic(), self._recipient))

    def _command(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        verb = line[:4].upper()
        if verb == b"BDAT":
            self._in_chunk, self._chunk_left = True, int(line.split()[1])
            return True
        self._out.append(self._greeting if verb == b"EHLO" else _REPLIES.get(verb, b"502 5.5.2 Unknown\r\n"))
        if verb == b"RCPT":
            self._recipient = line.partition(b"<")[2].partition(b">")[0]
        if verb == b"DATA":
            self._in_message = True
            self._buffer[:0] = b"\r\n"
        return True


async def _serve(port: int, manner: Manner) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Sink(manner), "127.0.0.1", port, backlog=256)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--chunking", action="store_true")
    parser.add_argument("--wait", type=float, default=0.0)
    parser.add_argument("--book", type=Path)
    chosen = parser.parse_args()
    book = os.open(chosen.book, os.O_CREAT | os.O_WRONLY | os.O_APPEND) if chosen.book else None
    asyncio.run(_serve(chosen.port, Manner(chosen.chunking, chosen.wait, book)))


if __name__ == "__main__":
    main()
