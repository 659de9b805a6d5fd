"""Mailgun: one event a call, told from others by the token that it signed. It keeps our Message-ID."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.models.reply_class import ReplyClass
from app.models.reported_event import ReportedKind
from worker.intake.findings import Finding, Understood
from worker.intake.providers.answers import NO_SUCH_ADDRESS, delay, refusal
from worker.intake.providers.members import key_of, text, whole

_NO_EVENT = "Mailgun sent something that is no event. Perhaps one of its routes for incoming mail leads here."
_BOUNCED_BEFORE, _LEFT_BEFORE, _COMPLAINED_BEFORE = "suppress-bounce", "suppress-unsubscribe", "suppress-complaint"
_OWN_CODES = {605: _BOUNCED_BEFORE, 606: _LEFT_BEFORE, 607: _COMPLAINED_BEFORE}
_MILDER = {"espblock": ReplyClass.BLOCKED, _COMPLAINED_BEFORE: ReplyClass.SOFT, "old": ReplyClass.SOFT}


def read(said: object) -> Understood:
    """What a call of Mailgun says."""
    event = said.get("event-data") if isinstance(said, dict) else None
    kind = text(event, "event")
    if not kind:
        return Understood(trouble=_NO_EVENT)
    reader = _READERS.get(kind)
    return Understood([_traced(reader(event), event, text(said, "signature", "token"))] if reader else ())


def _traced(found: Finding, event: object, token: str) -> Finding:
    """The same with what Mailgun knows of our message."""
    message_id = text(event, "message", "headers", "message-id")
    return replace(
        found,
        local_parts=(text(event, "envelope", "sender").rpartition("@")[0],),
        recipient=text(event, "recipient"),
        message_ids=(message_id,) if message_id else (),
        key=key_of(token),
    )


def _failed(event: object) -> Finding:
    """`temporary` is still tried. What Mailgun does not send any more because of an earlier event is no new one."""
    code = whole(event, "delivery-status", "code")
    status = text(event, "delivery-status", "enhanced-code")
    words = text(event, "delivery-status", "message") or text(event, "delivery-status", "description")
    if text(event, "severity") == "temporary":
        return Finding(ReportedKind.DELAY, delay(words, status=status, code=code))
    reason = _OWN_CODES.get(code or 0) or text(event, "reason")
    if reason == _LEFT_BEFORE:
        return Finding(ReportedKind.UNSUBSCRIBE, words="at Mailgun, some time ago")
    answer = refusal(words, status=status, code=code, otherwise=NO_SUCH_ADDRESS if reason == _BOUNCED_BEFORE else "")
    return Finding(ReportedKind.BOUNCE, answer, milder=_MILDER.get(reason))


def _delivered(event: object) -> Finding:
    return Finding(ReportedKind.DELIVERED, words=text(event, "delivery-status", "message"))


def _complaint(_event: object) -> Finding:
    return Finding(ReportedKind.COMPLAINT, words="spam complaint, by Mailgun")


def _unsubscribe(_event: object) -> Finding:
    return Finding(ReportedKind.UNSUBSCRIBE, words="at Mailgun")


_READERS: Mapping[str, Callable[[object], Finding]] = {
    "failed": _failed,
    "delivered": _delivered,
    "complained": _complaint,
    "unsubscribed": _unsubscribe,
}
