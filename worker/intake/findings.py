"""What a report can say, whoever sent it and in whatever form."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from app.models.reply_class import ReplyClass
from app.models.reported_event import ReportedKind
from worker.smtp.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that happened to one message.

    `local_parts` are our own envelope senders that the report names, best first: only one that carries a valid MAC
    says which delivery it is about. `recipient` is what the reporting server calls the reader, which may be an address
    that we never wrote to. `message_ids` are what a provider calls our message: its Message-ID, or the name that it
    gave when it took the message. `milder` is how a provider reads an answer itself, where it does not say that the
    address is gone: then it is that at worst. `key` tells this event from all others of its source, where the source
    gives one.
    """

    kind: ReportedKind
    outcome: Outcome | None = None
    local_parts: Sequence[str] = ()
    recipient: str = ""
    message_ids: Sequence[str] = ()
    milder: ReplyClass | None = None
    key: str = ""
    words: str = ""

    def about(self, local_parts: Sequence[str]) -> Self:
        """The same with these envelope senders tried first."""
        return replace(self, local_parts=(*local_parts, *self.local_parts))

    def without_words(self) -> Self:
        """The same without anything in which its reader's address may stand."""
        outcome = replace(self.outcome, text="") if self.outcome is not None else None
        key = hashlib.sha256(self.key.encode("utf-8", "replace")).hexdigest() if self.key else ""
        return replace(self, outcome=outcome, recipient="", words="", key=key)


@dataclass(frozen=True, slots=True)
class Understood:
    """What a whole report says; `trouble` says why nothing can be made of it."""

    findings: Sequence[Finding] = field(default_factory=tuple)
    trouble: str = ""
