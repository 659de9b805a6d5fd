"""Amazon SES: event publishing and feedback notifications, both in the envelope of Amazon SNS.

SES writes a Message-ID of its own, and names ours only where headers are included; the envelope sender it always names.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from app.models.reply_class import ReplyClass
from app.models.reported_event import ReportedKind
from worker.intake.findings import Finding, Understood
from worker.intake.providers.answers import BAD_CONTENT, NO_SUCH_ADDRESS, delay, refusal
from worker.intake.providers.members import digest_of, is_true, several, text, texts

_OVER = (
    "Amazon says that the subscription to {topic} has ended: no more reports come from it. "
    "If nobody here ended it, subscribe this address to the topic again."
)
_NO_EVENT = "Amazon sent a notification that is no report of SES. Perhaps something else is published to its topic."
_GREETING = "Successfully validated SNS topic"
_KNOWN_COMPLAINT = "not sent: the address is on the account's suppression list because of an earlier complaint"
_ON_A_LIST = "OnAccountSuppressionList"
_GONE = ("NoEmail", "Suppressed", _ON_A_LIST)


def read(said: object) -> Understood:
    """What a message of SNS says about mails of ours."""
    if text(said, "Type") == "UnsubscribeConfirmation":
        return Understood(trouble=_OVER.format(topic=text(said, "TopicArn")))
    message = text(said, "Message")
    if message.startswith(_GREETING):
        return Understood()
    try:
        event = json.loads(message)
    except (ValueError, RecursionError):
        return Understood(trouble=_NO_EVENT)
    kind = text(event, "eventType") or text(event, "notificationType")
    if not kind:
        return Understood(trouble=_NO_EVENT)
    reader = _READERS.get(kind)
    return Understood([_traced(found, event, said) for found in reader(event)] if reader else ())


def _traced(found: Finding, event: object, said: object) -> Finding:
    """The same with what SES knows of our message; who it was for counts more than where it bounced in the end."""
    destination = texts(event, "mail", "destination")
    headers = {text(one, "name").lower(): text(one, "value") for one in several(event, "mail", "headers")}
    return replace(
        found,
        local_parts=(text(event, "mail", "source").rpartition("@")[0],),
        recipient=destination[0] if len(destination) == 1 else found.recipient,
        message_ids=tuple(filter(None, (headers.get("message-id", ""), text(event, "mail", "messageId")))),
        key=digest_of(text(said, "MessageId"), found.recipient),
    )


def _bounces(event: object) -> Iterator[Finding]:
    kind, subtype = text(event, "bounce", "bounceType"), text(event, "bounce", "bounceSubType")
    for one in several(event, "bounce", "bouncedRecipients"):
        recipient, quoted = text(one, "emailAddress"), text(one, "diagnosticCode")
        status, verdict = text(one, "status"), f"{kind}: {subtype}"
        if kind == "Transient" and subtype == "General" and not (status or quoted):
            # so SES passes on somebody's automatic answer
            yield Finding(ReportedKind.AUTO_REPLY, recipient=recipient, words=verdict)
            continue
        answer = refusal(quoted or verdict, status=status, otherwise=NO_SUCH_ADDRESS if subtype in _GONE else "")
        milder = None if kind == "Permanent" else ReplyClass.SOFT
        yield Finding(ReportedKind.BOUNCE, answer, recipient=recipient, milder=milder)


def _complaints(event: object) -> Iterator[Finding]:
    feedback = text(event, "complaint", "complaintFeedbackType")
    is_known = text(event, "complaint", "complaintSubType") == _ON_A_LIST
    for one in several(event, "complaint", "complainedRecipients"):
        recipient = text(one, "emailAddress")
        if is_known:
            yield Finding(ReportedKind.BOUNCE, refusal(_KNOWN_COMPLAINT), recipient=recipient, milder=ReplyClass.SOFT)
        elif feedback == "not-spam":
            yield Finding(ReportedKind.NOT_SPAM, recipient=recipient, words=feedback)
        else:
            yield Finding(ReportedKind.COMPLAINT, recipient=recipient, words=f"{feedback or 'no type'}, by Amazon SES")


def _delays(event: object) -> Iterator[Finding]:
    for one in several(event, "deliveryDelay", "delayedRecipients"):
        words = text(one, "diagnosticCode") or text(event, "deliveryDelay", "delayType")
        answer = delay(words, status=text(one, "status"))
        yield Finding(ReportedKind.DELAY, answer, recipient=text(one, "emailAddress"))


def _deliveries(event: object) -> Iterator[Finding]:
    for recipient in texts(event, "delivery", "recipients"):
        yield Finding(ReportedKind.DELIVERED, recipient=recipient, words=text(event, "delivery", "smtpResponse"))


def _rejects(event: object) -> Iterator[Finding]:
    """SES took the message and then found a virus in it."""
    words = f"rejected by Amazon SES: {text(event, 'reject', 'reason')}"
    yield Finding(ReportedKind.BOUNCE, refusal(words, otherwise=BAD_CONTENT), milder=ReplyClass.CONTENT)


def _subscriptions(event: object) -> Iterator[Finding]:
    """The reader used the link of a contact list at SES; leaving one topic of it says nothing about ours."""
    if is_true(event, "subscription", "newTopicPreferences", "unsubscribeAll"):
        yield Finding(ReportedKind.UNSUBSCRIBE, words="at Amazon SES")


_READERS: Mapping[str, Callable[[object], Iterator[Finding]]] = {
    "Bounce": _bounces,
    "Complaint": _complaints,
    "DeliveryDelay": _delays,
    "Delivery": _deliveries,
    "Reject": _rejects,
    "Subscription": _subscriptions,
}
