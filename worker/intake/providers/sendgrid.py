"""SendGrid: many events a call. `smtp-id` is our own Message-ID; where that is left out, there is their name for it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.models.reply_class import ReplyClass
from app.models.reported_event import ReportedKind
from worker.intake.findings import Finding, Understood
from worker.intake.providers.answers import BAD_CONTENT, NO_ADDRESS, NO_SUCH_ADDRESS, delay, refusal
from worker.intake.providers.members import digest_of, key_of, several, text

_NO_EVENTS = "SendGrid sent something that is no list of events. Perhaps its inbound webhook leads here."
_UNSUBSCRIBED = "Unsubscribed Address"
_DROPPED = {
    "Bounced Address": (NO_SUCH_ADDRESS, None),
    "Invalid": (NO_ADDRESS, None),
    "Spam Content": (BAD_CONTENT, ReplyClass.CONTENT),
}


def read(said: object) -> Understood:
    """What a call of SendGrid says."""
    events = several(said)
    if not events or not text(events[0], "event"):
        return Understood(trouble=_NO_EVENTS)
    readers = [(_READERS.get(text(event, "event")), event) for event in events]
    found = [(reader(event), event) for reader, event in readers if reader]
    return Understood([_traced(one, event) for one, event in found])


def _traced(found: Finding, event: object) -> Finding:
    """The same with what SendGrid knows of our message."""
    recipient, name = text(event, "email"), text(event, "sg_event_id")
    # 14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0: the beginning is what it said when it took the message
    queued = text(event, "sg_message_id").partition(".filter")[0].partition(".recvd")[0]
    return replace(
        found,
        recipient=recipient,
        message_ids=tuple(filter(None, (text(event, "smtp-id"), queued))),
        key=key_of(name) if name else digest_of(event),
    )


def _bounce(event: object) -> Finding:
    """`blocked` is what SendGrid calls a refusal that is not about the address."""
    answer = refusal(text(event, "reason"), status=text(event, "status"))
    return Finding(ReportedKind.BOUNCE, answer, milder=ReplyClass.BLOCKED if text(event, "type") == "blocked" else None)


def _dropped(event: object) -> Finding:
    """SendGrid has a list of addresses to which it does not send any more; that is no new complaint."""
    reason = text(event, "reason")
    if reason == _UNSUBSCRIBED:
        return Finding(ReportedKind.UNSUBSCRIBE, words="at SendGrid, some time ago")
    status, milder = _DROPPED.get(reason, ("", ReplyClass.SOFT))
    return Finding(ReportedKind.BOUNCE, refusal(f"not sent by SendGrid: {reason}", otherwise=status), milder=milder)


def _deferred(event: object) -> Finding:
    return Finding(ReportedKind.DELAY, delay(text(event, "response") or text(event, "reason")))


def _delivered(event: object) -> Finding:
    return Finding(ReportedKind.DELIVERED, words=text(event, "response"))


def _complaint(_event: object) -> Finding:
    return Finding(ReportedKind.COMPLAINT, words="spam report, by SendGrid")


def _unsubscribe(event: object) -> Finding:
    return Finding(ReportedKind.UNSUBSCRIBE, words=f"{text(event, 'event')}, at SendGrid")


_READERS: Mapping[str, Callable[[object], Finding]] = {
    "bounce": _bounce,
    "dropped": _dropped,
    "deferred": _deferred,
    "delivered": _delivered,
    "spamreport": _complaint,
    "unsubscribe": _unsubscribe,
    "group_unsubscribe": _unsubscribe,
}
