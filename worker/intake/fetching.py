"""Fetching reports from a mailbox (IMAP over TLS). Nothing is deleted there before it is stored here."""

import ssl
from collections.abc import Iterator

import structlog
from imap_tools import MailBox, MailboxLoginError, MailMessageFlags
from sqlalchemy.orm import Session, sessionmaker

from app.intake_address import Mailbox
from app.models import ReportSource
from app.services import mailroom
from app.services.bounce_mailbox import TROUBLE, opened

PATIENCE = 30.0
MOST = 500
_ENOUGH = 2 * mailroom.MOST_OCTETS
log = structlog.get_logger()


def fetch(mailbox: Mailbox, sessions: sessionmaker[Session], *, context: ssl.SSLContext | None = None) -> int:
    """Store what is in the mailbox, one by one, and delete each there once it is stored; gives how many were new.

    A mailbox that is away is logged and asked again later. What was stored, and not yet deleted when the line broke,
    is recognised the next time.
    """
    try:
        with opened(mailbox, context or ssl.create_default_context(), PATIENCE) as box:
            box.login(mailbox.user, mailbox.password, mailbox.folder)
            return sum(_store(box, uid, raw, sessions) for uid, raw in _messages(box))
    except MailboxLoginError as error:
        log.warning("mailbox.login_refused", mailbox=str(mailbox), error=str(error))
    except TROUBLE as error:
        log.warning("mailbox.away", mailbox=str(mailbox), error=str(error))
    return 0


def _messages(box: MailBox) -> Iterator[tuple[str, bytes]]:
    """What lies there, octet for octet as it came; of what is too long to be a report, a part that shows that it is."""
    for uid in box.uids("UNDELETED")[:MOST]:
        _said, parts = box.client.uid("fetch", uid, f"(BODY.PEEK[]<0.{_ENOUGH}>)")
        for raw in (part[1] for part in parts if isinstance(part, tuple)):
            yield uid, raw


def _store(box: MailBox, uid: str, raw: bytes, sessions: sessionmaker[Session]) -> bool:
    with sessions.begin() as session:
        is_new = mailroom.take_in(session, ReportSource.MAILBOX, raw)
    box.flag(uid, MailMessageFlags.DELETED, True)
    box.expunge()
    return is_new
