"""Fetching reports from a mailbox (IMAP over TLS). Nothing is deleted there before it is stored here."""

import ssl
from collections.abc import Iterator
from imaplib import IMAP4

import structlog
from imap_tools import MailBox, MailboxLoginError, MailMessageFlags
from imap_tools.errors import ImapToolsError
from sqlalchemy.orm import Session, sessionmaker

from app.intake_address import Mailbox
from app.models import ReportSource
from app.services import mailroom

PATIENCE = 30.0
MOST = 500
_TROUBLE = (ImapToolsError, IMAP4.error, OSError)
log = structlog.get_logger()


def fetch(mailbox: Mailbox, sessions: sessionmaker[Session], *, context: ssl.SSLContext | None = None) -> int:
    """Store what is in the mailbox, one by one, and delete each there once it is stored; gives how many were new.

    A mailbox that is away is logged and asked again later. What was stored, and not yet deleted when the line broke,
    is recognised the next time.
    """
    try:
        with MailBox(mailbox.host, mailbox.port, PATIENCE, ssl_context=context or ssl.create_default_context()).login(
            mailbox.user, mailbox.password, mailbox.folder
        ) as box:
            return sum(_store(box, uid, raw, sessions) for uid, raw in _messages(box))
    except MailboxLoginError as error:
        log.warning("mailbox.login_refused", mailbox=str(mailbox), error=str(error))
    except _TROUBLE as error:
        log.warning("mailbox.away", mailbox=str(mailbox), error=str(error))
    return 0


def _messages(box: MailBox) -> Iterator[tuple[str, bytes]]:
    for message in box.fetch("UNDELETED", limit=MOST, mark_seen=False, bulk=False):
        yield message.uid or "", message.obj.as_bytes()


def _store(box: MailBox, uid: str, raw: bytes, sessions: sessionmaker[Session]) -> bool:
    with sessions.begin() as session:
        is_new = mailroom.take_in(session, ReportSource.MAILBOX, raw)
    box.flag(uid, MailMessageFlags.DELETED, True)
    box.expunge()
    return is_new
