"""The listener: a mail server hands over what came to the envelope senders' domain, by LMTP (RFC 2033) or SMTP.

It answers 250 only when the report is stored; while the database is away it says 451, and the mail server keeps it.
One recipient a message: whoever names more is told to send the rest by itself, as LMTP clients do.
"""

import asyncio
import signal
from collections.abc import Callable

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import SQLAlchemyError

from app.intake_address import ListenAddress

LARGEST = 10_000_000
_NAMES = 320
Store = Callable[[bytes, str, str], None]
log = structlog.get_logger()


class Clerk:
    """aiosmtpd's handler: takes mail for our own domains, one recipient at a time."""

    def __init__(self, store: Store, domains: frozenset[str]) -> None:
        self._store = store
        self._domains = domains

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Whether mail for this address is ours to take."""
        if address.rpartition("@")[2].lower() not in self._domains or len(address) > _NAMES:
            return "550 5.7.1 Mail for this domain is not taken here"
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Store it, and only then say so."""
        content = envelope.content
        assert isinstance(content, bytes)
        try:
            await asyncio.to_thread(self._store, content, envelope.rcpt_tos[0], envelope.mail_from or "<>")
        except SQLAlchemyError as error:
            log.warning("intake.database_away", error=str(error))
            return "451 4.3.0 It can't be stored at the moment, please try again"
        return "250 2.0.0 Stored"


async def serve(address: ListenAddress, store: Store, domains: frozenset[str]) -> None:
    """Listen until SIGTERM, SIGINT or SIGQUIT. OSError if the port is taken."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        loop.add_signal_handler(number, stop.set)
    protocol = LMTP if address.protocol == "lmtp" else SMTP

    def session() -> SMTP:
        return protocol(
            Clerk(store, domains),
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            decode_data=False,
            hostname="communique",
            ident="Communique",
            loop=loop,
        )

    server = await loop.create_server(session, address.host, address.port, backlog=512)
    async with server:
        await stop.wait()
