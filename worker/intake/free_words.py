"""The last resort: bounces in free form, as some old servers write them. A kept library finds whom they are about.

What is found here is believed only of a message that came to one of our envelope senders with its MAC.
"""

import re

from flufl.bounce import all_failures

from app.models.delivery_states import DeliveryEvent
from app.models.reported_event import ReportedKind
from worker.intake.findings import Finding
from worker.intake.opening import Opened
from worker.smtp.outcome import Outcome

_REPLY = re.compile(r"\b([45]\d\d)[ \-]+(?:#?([45]\.\d{1,3}\.\d{1,3})[ :]+)?([^\r\n]{0,300})")
_SENDERS = ("mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon")
_MOST_WORDS = 20_000


def looks_like_one(message: Opened, envelope_sender: str) -> bool:
    """Whether it came as bounces do: from nobody (RFC 5321 section 4.5.5), or from the mail system itself."""
    sender = message.header("From").lower()
    return envelope_sender == "<>" or any(name in sender for name in _SENDERS)


def read(message: Opened) -> Finding:
    """A bounce in free form. A reply quoted in its text says what it means; without one it is a soft bounce."""
    temporary, permanent = all_failures(message.message)
    words = message.words[:_MOST_WORDS]
    found = _REPLY.search(words)
    if found:
        code, enhanced, text = int(found[1]), found[2], found[3].strip()
    else:
        code, enhanced, text = (450 if temporary and not permanent else 550), None, " ".join(words.split())[:300]
    is_final = code >= 500
    outcome = Outcome(DeliveryEvent.REFUSED if is_final else DeliveryEvent.DEFERRED, code, enhanced, text)
    recipient = min(permanent or temporary, default=b"").decode("ascii", "replace")
    return Finding(ReportedKind.BOUNCE if is_final else ReportedKind.DELAY, outcome, recipient=recipient)
