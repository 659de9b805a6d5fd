"""The line to the mailbox from which reports are fetched: IMAP over TLS (RFC 8314), closed in any case."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from imaplib import IMAP4

from imap_tools import MailBox
from imap_tools.errors import ImapToolsError

from app.intake_address import Mailbox

TROUBLE = (ImapToolsError, IMAP4.error, OSError)


@contextmanager
def opened(mailbox: Mailbox, context: ssl.SSLContext, patience: float) -> Iterator[MailBox]:
    """A line without login yet, closed also after a login that was refused; `patience` is in seconds.

    Raises what `TROUBLE` names.
    """
    box = MailBox(mailbox.host, mailbox.port, patience, ssl_context=context)
    try:
        yield box
    finally:
        with suppress(*TROUBLE):
            box.client.logout()
        with suppress(OSError):
            box.client.shutdown()
