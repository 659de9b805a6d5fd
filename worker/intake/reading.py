"""Reading a mail that came in: which kind of report it is, asked in the order in which a mistake would cost most."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from app.models.reported_event import ReportedKind
from worker.intake import arf, auto_replies, dsn, free_words
from worker.intake.findings import Finding, Understood
from worker.intake.opening import Opened, header_of

_ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
LEAVING = "u+"
"""How the local part of an address begins to which a mail that unsubscribes is sent (RFC 2369 section 3.2)."""


def read(raw: bytes, recipient: str, envelope_sender: str = "", *, is_whole: bool = True) -> Understood:
    """What a mail says that came to `recipient`; where that isn't known (a mailbox, a pipe), its headers tell."""
    message = Opened(raw, is_whole=is_whole)
    ours = _local_parts(message, recipient)
    if complaint := arf.read(message):
        return Understood([complaint.about(_returned(message))])
    if message.status is not None:
        found = list(dsn.read(message.status))
        return _reported(found, [*ours, *_returned(message)]) if found else Understood(trouble=_NO_RECIPIENT)
    if auto_replies.is_one(message):
        return Understood([Finding(ReportedKind.AUTO_REPLY, local_parts=ours, words=message.subject[:300])])
    if free_words.looks_like_one(message, envelope_sender):
        bounce = free_words.read(message) if message.is_whole else None
        return Understood([bounce.about(ours)]) if bounce else Understood(trouble=_no_report(message))
    leaving = [name for name in ours if name.startswith(LEAVING)]
    if leaving:
        return Understood([Finding(ReportedKind.UNSUBSCRIBE, local_parts=leaving, words="by mail")])
    return Understood(trouble=_no_report(message))


_NO_RECIPIENT = "It is a delivery report, but it names no recipient."
_NO_REPORT = "It is neither a delivery report, nor a complaint, nor an automatic answer."
_TOO_BIG = "It is larger, or has more parts, than any report; only its headers were read."


def _no_report(message: Opened) -> str:
    return _NO_REPORT if message.is_whole else _TOO_BIG


def _reported(found: Sequence[Finding], ours: Sequence[str]) -> Understood:
    return Understood([finding.about(ours) for finding in found])


def _local_parts(message: Opened, recipient: str) -> list[str]:
    """Local parts to which it was sent, in small letters; the envelope's comes first, and alone if it is known."""
    addresses = [recipient] if recipient else [word for name in _ADDRESSED for word in message.headers(name)]
    words = (word.strip("<>,;\"'()") for text in addresses for word in text.split())
    return [word.rpartition("@")[0].lower() for word in words if "@" in word][:20]


def _returned(message: Opened) -> list[str]:
    """Our envelope sender, as the headers of the returned message have it: in its trace, or where to leave by mail."""
    returned = message.returned
    if returned is None:
        return []
    texts = [header_of(returned, "Return-Path"), *header_of(returned, "List-Unsubscribe").split(",")]
    return [local for text in texts if (local := _local_part(text.strip(" <>")))]


def _local_part(text: str) -> str:
    address = urlsplit(text).path if text.lower().startswith("mailto:") else text
    return address.rpartition("@")[0].lower() if "://" not in address else ""
