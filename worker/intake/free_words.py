"""The last resort: bounces in free form, as some old servers write them. A kept library finds whom they are about.

What is found here is believed only of a message that came to one of our envelope senders with its MAC.
"""

import logging
import re

import structlog
from flufl.bounce import all_failures

from app.models.delivery_states import DeliveryEvent
from app.models.reported_event import ReportedKind
from worker.intake.findings import Finding
from worker.intake.opening import Opened
from worker.smtp.outcome import Outcome

_REPLY = re.compile(
    r"(?<![\d.])(4[2-5]\d|5[0-5]\d)(?:[ \-]{1,3}|: )(?:#?([45]\.\d{1,3}\.\d{1,3})[ :]{1,3})?([^\r\n]{0,300})"
)
_STATUS = re.compile(r"#([45]\.\d{1,3}\.\d{1,3})(?![\d.])")
_COPY = re.compile(
    r"^-+ *(?:below this line|this is a copy|original message|returned message|unsent message)", re.I | re.M
)
_SENDERS = ("mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon")
_MOST_WORDS, _LONGEST = 20_000, 300
# it writes down a traceback for each mail that it stumbles over
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)
log = structlog.get_logger()


def looks_like_one(message: Opened, envelope_sender: str) -> bool:
    """Whether it came as bounces do: from nobody (RFC 5321 section 4.5.5), or from the mail system itself."""
    sender = message.header("From").lower()
    return envelope_sender == "<>" or any(name in sender for name in _SENDERS)


def read(message: Opened) -> Finding | None:
    """A bounce in free form. A reply quoted in its text says what it means; without one it is a soft bounce.

    None where nothing of the kind is in it: many who are on holiday answer from nobody, too.
    """
    temporary, permanent = _named(message)
    outcome = _quoted(_COPY.split(message.words[:_MOST_WORDS], maxsplit=1)[0])
    if outcome is None and not temporary and not permanent:
        return None
    if outcome is None:
        outcome = _taken_for(450 if temporary and not permanent else 550, None, message.words)
    recipient = min(permanent or temporary, default=b"").decode("ascii", "replace")
    is_final = outcome.event is DeliveryEvent.REFUSED
    return Finding(ReportedKind.BOUNCE if is_final else ReportedKind.DELAY, outcome, recipient=recipient)


def _quoted(words: str) -> Outcome | None:
    """The reply, or the status as qmail writes it, that stands before the copy of our own message."""
    reply, status = _REPLY.search(words), _STATUS.search(words)
    if reply:
        return _taken_for(int(reply[1]), reply[2], reply[3])
    return _taken_for({"5": 550, "4": 450}[status[1][0]], status[1], words) if status else None


def _taken_for(code: int, enhanced: str | None, words: str) -> Outcome:
    event = DeliveryEvent.REFUSED if code >= 500 else DeliveryEvent.DEFERRED
    return Outcome(event, code, enhanced, " ".join(words.split())[-_LONGEST:])


def _named(message: Opened) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """Whom the library finds, put off and gone; nobody where it stumbles, as it does over a message without sender."""
    try:
        temporary, permanent = all_failures(message.beginning)
    except Exception as error:
        log.info("report.library_stumbled", error=repr(error))
        return frozenset(), frozenset()
    return frozenset(temporary), frozenset(permanent)
