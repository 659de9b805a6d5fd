"""Postmark: one object a call. It writes a Message-ID of its own, and repeats the key that we give it besides."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.mail.echoes import POSTMARK_NAME
from app.models.reply_class import ReplyClass
from app.models.reported_event import ReportedKind
from worker.intake.findings import Finding, Understood
from worker.intake.providers.answers import NO_ADDRESS, delay, refusal
from worker.intake.providers.members import digest_of, text

_NO_EVENT = "Postmark sent something that is no event of an outgoing mail. Perhaps its inbound webhook leads here."
_NO_BOUNCES = {
    "SpamComplaint": ReportedKind.COMPLAINT,
    "Unsubscribe": ReportedKind.UNSUBSCRIBE,
    "AutoResponder": ReportedKind.AUTO_REPLY,
    "AddressChange": ReportedKind.AUTO_REPLY,
    "ChallengeVerification": ReportedKind.AUTO_REPLY,
    "Subscribe": ReportedKind.OTHER,
    "OpenRelayTest": ReportedKind.OTHER,
}
_DELAYS = ("Transient", "DnsError")
_MALFORMED = "BadEmailAddress"
_MILDER = {
    "HardBounce": None,
    _MALFORMED: None,
    "Blocked": ReplyClass.BLOCKED,
    "DMARCPolicy": ReplyClass.BLOCKED,
    "SpamNotification": ReplyClass.BLOCKED,
    "VirusNotification": ReplyClass.CONTENT,
}


def read(said: object) -> Understood:
    """What a call of Postmark says."""
    record = text(said, "RecordType")
    if record in ("", "Inbound"):
        return Understood(trouble=_NO_EVENT)
    reader = _READERS.get(record)
    found = reader(said) if reader else None
    return Understood([_traced(found, said)] if found else ())


def _traced(found: Finding, said: object) -> Finding:
    """The same with what Postmark knows of our message. Only bounces and complaints have an ID."""
    record, message, name = text(said, "RecordType"), text(said, "MessageID"), text(said, "ID")
    recipient = text(said, "Email") or text(said, "Recipient")
    moment = text(said, "ChangedAt") or text(said, "DeliveredAt")
    return replace(
        found,
        recipient=recipient,
        message_ids=tuple(filter(None, (text(said, "Metadata", POSTMARK_NAME), message))),
        key=f"{record} {name}" if name else digest_of(record, message, recipient, moment),
    )


def _bounce(said: object) -> Finding:
    kind, words = text(said, "Type"), text(said, "Details") or text(said, "Description")
    if kind in _NO_BOUNCES:
        return Finding(_NO_BOUNCES[kind], words=words)
    if kind in _DELAYS:
        return Finding(ReportedKind.DELAY, delay(words))
    answer = refusal(words, otherwise=NO_ADDRESS if kind == _MALFORMED else "")
    return Finding(ReportedKind.BOUNCE, answer, milder=_MILDER.get(kind, ReplyClass.SOFT))


def _complaint(said: object) -> Finding:
    return Finding(ReportedKind.COMPLAINT, words=f"{text(said, 'Details') or 'spam complaint'}, by Postmark")


def _delivery(said: object) -> Finding:
    return Finding(ReportedKind.DELIVERED, words=text(said, "Details"))


def _change(said: object) -> Finding | None:
    """Only what the reader did at Postmark's page is news; what Postmark concludes from bounces it tells besides."""
    by_reader = text(said, "SuppressionReason") == "ManualSuppression" and text(said, "Origin") == "Recipient"
    return Finding(ReportedKind.UNSUBSCRIBE, words="at Postmark") if by_reader else None


_READERS: Mapping[str, Callable[[object], Finding | None]] = {
    "Bounce": _bounce,
    "SpamComplaint": _complaint,
    "Delivery": _delivery,
    "SubscriptionChange": _change,
}
