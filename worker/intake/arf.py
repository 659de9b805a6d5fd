"""Complaints: feedback reports of mailbox providers (RFC 5965), whose recipient is often blacked out (RFC 6590)."""

from email.parser import HeaderParser
from email.policy import compat32

from app.models.reported_event import ReportedKind
from worker.intake.findings import Finding
from worker.intake.opening import Opened, header_of

_MICROSOFT = "staff@hotmail.com"
_KINDS = {"not-spam": ReportedKind.NOT_SPAM}


def read(message: Opened) -> Finding | None:
    """What a feedback report says, if it is one; every type but `not-spam` is a complaint (RFC 5965 section 7.3)."""
    if message.feedback is None:
        return _read_microsoft(message)
    fields = HeaderParser(policy=compat32).parsestr(message.feedback.strip())
    kind = header_of(fields, "Feedback-Type").lower()
    recipient = header_of(fields, "Original-Rcpt-To").strip("<>")
    sender = header_of(fields, "Original-Mail-From").strip("<>")
    return Finding(
        _KINDS.get(kind, ReportedKind.COMPLAINT),
        local_parts=(sender.rpartition("@")[0],) if "@" in sender else (),
        recipient=recipient[:320],
        words=f"{kind or 'no type'}, reported by {header_of(fields, 'User-Agent') or 'an unnamed program'}"[:300],
    )


def _read_microsoft(message: Opened) -> Finding | None:
    """Microsoft's junk mail reports have no part for machines: they are our message in an envelope of theirs."""
    returned = message.returned
    is_one = _MICROSOFT in message.header("From").lower() and message.subject.lower().startswith("complaint about")
    if returned is None or not is_one:
        return None
    recipient = header_of(returned, "X-HmXmrOriginalRecipient").strip("<>")
    return Finding(ReportedKind.COMPLAINT, recipient=recipient[:320], words="junk mail report by Microsoft")
