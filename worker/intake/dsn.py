"""Delivery status notifications (RFC 3464, RFC 6522, and RFC 6533 for addresses in any script)."""

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32

from app.models.delivery_states import DeliveryEvent
from app.models.reported_event import ReportedKind
from worker.intake.findings import Finding
from worker.intake.opening import header_of
from worker.intake.quoted import code_in, enhanced_in
from worker.smtp.outcome import Outcome

MOST_BLOCKS = 50
_BLANK = re.compile(r"(?:\r?\n[ \t]*){2,}")
_COMMENT = re.compile(r"\([^()]*\)")
_CLOSED = {"delivered": ReportedKind.DELIVERED, "relayed": ReportedKind.DELIVERED, "expanded": ReportedKind.DELIVERED}


def read(status: str) -> Iterator[Finding]:
    """One finding for each recipient of a delivery report's machine-readable part.

    Whether it is final is what `Action` says; whose fault it is, `Status` (RFC 3464 section 2.3.3: they may disagree).
    """
    blocks = [block for block in _BLANK.split(status.strip(), MOST_BLOCKS) if block.strip()]
    for block in blocks[1:MOST_BLOCKS]:  # the first is about the message, not about a recipient
        fields = HeaderParser(policy=compat32).parsestr(block.strip())
        if fields["Action"] or fields["Status"]:
            yield _finding(fields)


def _finding(fields: Message) -> Finding:
    action = _COMMENT.sub("", header_of(fields, "Action")).strip().lower()
    status, diagnostic = header_of(fields, "Status"), header_of(fields, "Diagnostic-Code")
    enhanced = enhanced_in(status, diagnostic)
    words = diagnostic.partition(";")[2].strip() or diagnostic
    recipient = _address(header_of(fields, "Original-Recipient")) or _address(header_of(fields, "Final-Recipient"))
    if action in _CLOSED:
        return Finding(_CLOSED[action], recipient=recipient, words=words)
    is_final = action == "failed" or (not action and enhanced.startswith("5"))
    outcome = Outcome(
        DeliveryEvent.REFUSED if is_final else DeliveryEvent.DEFERRED,
        code=code_in(diagnostic, enhanced),
        enhanced=enhanced or None,
        text=words,
    )
    return Finding(ReportedKind.BOUNCE if is_final else ReportedKind.DELAY, outcome, recipient=recipient)


def _address(value: str) -> str:
    """`rfc822; ana@example.net` without its type (RFC 3464 section 2.3.1)."""
    return value.rpartition(";")[2].strip().strip("<>")[:320]
