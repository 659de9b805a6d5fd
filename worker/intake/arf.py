"""Complaints: feedback reports of mailbox providers (RFC 5965), whose recipient is often blacked out (RFC 6590)."""

from email.parser import HeaderParser
from email.policy import compat32

from app.models.reported_event import ReportedKind
from worker.intake.findings import Finding
from worker.intake.opening import header_of

_KINDS = {"not-spam": ReportedKind.NOT_SPAM}


def read(feedback: str) -> Finding:
    """What a feedback report says; every type but `not-spam` is a complaint (RFC 5965 section 7.3)."""
    fields = HeaderParser(policy=compat32).parsestr(feedback.strip())
    kind = header_of(fields, "Feedback-Type").lower()
    recipient = header_of(fields, "Original-Rcpt-To").strip("<>")
    sender = header_of(fields, "Original-Mail-From").strip("<>")
    return Finding(
        _KINDS.get(kind, ReportedKind.COMPLAINT),
        local_parts=(sender.rpartition("@")[0],) if "@" in sender else (),
        recipient=recipient[:320],
        words=f"{kind or 'no type'}, reported by {header_of(fields, 'User-Agent') or 'an unnamed program'}"[:300],
    )
