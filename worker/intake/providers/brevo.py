"""Brevo: one event a call, or many. It names no event; and it repeats the key that we give it with the message."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.mail.echoes import BREVO
from app.models.reply_class import ReplyClass
from app.models.reported_event import ReportedKind
from worker.intake.findings import Finding, Understood
from worker.intake.providers.answers import NO_ADDRESS, delay, refusal
from worker.intake.providers.members import digest_of, several, text

_NO_EVENT = "Brevo sent something that is no event of a transactional mail. Perhaps its inbound webhook leads here."


def read(said: object) -> Understood:
    """What a call of Brevo says."""
    events = several(said)
    if not events or not text(events[0], "event"):
        return Understood(trouble=_NO_EVENT)
    readers = [(_READERS.get(text(event, "event")), event) for event in events]
    return Understood([_traced(reader(text(event, "reason")), event) for reader, event in readers if reader])


def _traced(found: Finding, event: object) -> Finding:
    """The same with what Brevo knows of our message. `ts_epoch` is its one moment that is surely in UTC."""
    recipient, message = text(event, "email"), text(event, "message-id")
    moment = text(event, "ts_epoch") or text(event, "ts_event") or text(event, "date")
    return replace(
        found,
        recipient=recipient,
        message_ids=tuple(filter(None, (text(event, BREVO), message))),
        key=digest_of(message, text(event, "event"), recipient, moment),
    )


def _hard(reason: str) -> Finding:
    return Finding(ReportedKind.BOUNCE, refusal(reason))


def _soft(reason: str) -> Finding:
    return Finding(ReportedKind.BOUNCE, refusal(reason), milder=ReplyClass.SOFT)


def _blocked(reason: str) -> Finding:
    return Finding(ReportedKind.BOUNCE, refusal(reason or "blocked by Brevo"), milder=ReplyClass.BLOCKED)


def _invalid(reason: str) -> Finding:
    return Finding(ReportedKind.BOUNCE, refusal(reason or "invalid address", otherwise=NO_ADDRESS))


def _deferred(reason: str) -> Finding:
    return Finding(ReportedKind.DELAY, delay(reason))


def _delivered(reason: str) -> Finding:
    return Finding(ReportedKind.DELIVERED, words=reason)


def _complaint(reason: str) -> Finding:
    return Finding(ReportedKind.COMPLAINT, words=f"{reason or 'spam complaint'}, by Brevo")


def _unsubscribe(_reason: str) -> Finding:
    return Finding(ReportedKind.UNSUBSCRIBE, words="at Brevo")


_READERS: Mapping[str, Callable[[str], Finding]] = {
    "hard_bounce": _hard,
    "soft_bounce": _soft,
    "blocked": _blocked,
    "error": _soft,
    "invalid_email": _invalid,
    "deferred": _deferred,
    "delivered": _delivered,
    "spam": _complaint,
    "complaint": _complaint,
    "unsubscribe": _unsubscribe,
    "unsubscribed": _unsubscribe,
}
