"""A real SMTP server (aiosmtpd) that keeps every message it is given and forwards none."""

import asyncio
import signal
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from app.devinbox.store import Writer

_LARGEST = 30 * 1024 * 1024
_END = b"\r\n.\r\n"
_END_OF_NOTHING = b".\r\n"


class Server(SMTP):
    """aiosmtpd's server, reading each message as a whole: line by line it would be the slowest part of a demo."""

    line_length_limit = _LARGEST

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Take a message up to the line with a single dot (RFC 5321 section 4.1.1.4), dots doubled by 4.5.2."""
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if arg or not self.envelope.rcpt_tos:
            await self.push("501 5.5.4 Syntax: DATA" if arg else "503 5.5.1 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await self._reader.readexactly(len(_END_OF_NOTHING))
        if content != _END_OF_NOTHING:
            content += await self._reader.readuntil(_END)
        content = content.removesuffix(_END_OF_NOTHING).removeprefix(b".").replace(b"\r\n.", b"\r\n")
        self.envelope.content = self.envelope.original_content = content
        answer = await self._call_handler_hook("DATA")
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(str(answer))


class Keeper:
    """aiosmtpd's handler: says what the server can do, and puts each message into the folder."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer PIPELINING (RFC 2920) as well: commands are read from a stream, one after the other."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep the message; 250 only once it is on file."""
        content = envelope.content
        assert isinstance(content, bytes)
        entry = self._writer.add(envelope.mail_from or "", list(envelope.rcpt_tos), content)
        return f"250 2.0.0 kept as {entry.id}"


async def serve(host: str, port: int, folder: Path) -> None:
    """Listen until SIGTERM, SIGINT or SIGQUIT. OSError if the port is taken."""
    loop = asyncio.get_running_loop()
    writer = Writer(folder)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(lambda: _session(writer, loop), host, port, backlog=512)
    async with server:
        await stop.wait()
    writer.close()


def _session(writer: Writer, loop: asyncio.AbstractEventLoop) -> SMTP:
    return Server(
        Keeper(writer),
        data_size_limit=_LARGEST,
        enable_SMTPUTF8=True,
        decode_data=False,
        hostname="inbox.localhost",
        ident="development inbox",
        loop=loop,
    )
