"""From the words of a service to an answer that the table of answers can read (`worker.replies`)."""

from app.models.delivery_states import DeliveryEvent
from worker.intake.quoted import code_in, enhanced_in
from worker.smtp.outcome import Outcome

_CODES = range(400, 600)
LONGEST = 1000
NO_SUCH_ADDRESS, NO_ADDRESS, BAD_CONTENT = "5.1.1", "5.1.3", "5.6.0"
"""Enhanced codes (RFC 3463) for what a service says without quoting a mail server: gone, malformed, not wanted."""


def refusal(words: str, *, status: str = "", code: int | None = None, otherwise: str = "") -> Outcome:
    """It came back for good. `otherwise` is the status where neither the service nor its words name one."""
    return _answer(DeliveryEvent.REFUSED, words, status, code, otherwise)


def delay(words: str, *, status: str = "", code: int | None = None) -> Outcome:
    """It is still tried."""
    return _answer(DeliveryEvent.DEFERRED, words, status, code, "")


def _answer(event: DeliveryEvent, words: str, status: str, code: int | None, otherwise: str) -> Outcome:
    """A service that names no code at all means the plainest one: what is final is 550 then, and read by its words."""
    words = " ".join(words.split())[:LONGEST]
    if code not in _CODES:
        code = None
    enhanced = enhanced_in(status, words) or ("" if code or code_in(words, "") else otherwise)
    found = code or code_in(words, enhanced) or (550 if event is DeliveryEvent.REFUSED else 450)
    return Outcome(event, found, enhanced or None, words.removeprefix("smtp;").strip())
