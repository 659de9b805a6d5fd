"""The world outside, as far as it decides whether mail arrives: the sender's DNS and the relays, asked now and then."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Self

from app.services.doctor import relays, sender_domain
from app.services.doctor.diagnosis import Diagnosis
from app.services.doctor.lookup import Dns
from app.services.preflight.findings import Finding, Level
from app.services.short_memory import recall, remember
from app.settings import Settings

_DNS_SECONDS, _RELAY_SECONDS = 1.5, 3.0
_KEEP_DNS, _KEEP_RELAYS = 600, 60
_STOPPING = frozenset({"dkim-missing", "dkim-other", "dkim-twice", "unaligned"})
"""With these every mail counts as forged or broken; other failures depend on the receiver."""
_ASKED_ABOUT = frozenset({"unaligned-without-keys"})
"""The doctor can only warn of these, but staff should know before they send."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Two questions: what the doctor says about the sender's domain, and which relays are away and why."""

    sender: Callable[[Settings], Sequence[Diagnosis]]
    relays: Callable[[Settings], Mapping[str, str]]

    @classmethod
    def real(cls) -> Self:
        """DNS and the relays themselves; what they say is remembered for ten minutes and for one."""
        return cls(_sender, _relays)

    def answered(self, settings: Settings) -> Self:
        """The same, asked now: whoever holds rows later doesn't let others wait for DNS and relays."""
        sender, away = self.sender(settings), self.relays(settings)
        return type(self)(lambda _: sender, lambda _: away)

    @classmethod
    def silent(cls) -> Self:
        """Nobody is asked, and nothing is wrong."""
        return cls(lambda settings: [], lambda settings: {})


def check_sender(settings: Settings, outside: Outside) -> Iterator[Finding]:
    """What receivers find in DNS about the sender, before they let its mail in."""
    for diagnosis in outside.sender(settings):
        if diagnosis.level == "ok" or (diagnosis.level == "note" and not diagnosis.code):
            continue
        level: Level = "note"
        if diagnosis.level == "fail" or diagnosis.code in _ASKED_ABOUT:
            level = "error" if diagnosis.code in _STOPPING else "warning"
        words = f"{diagnosis.part}: {diagnosis.words}"
        about = f"{diagnosis.part} {diagnosis.code}"
        yield Finding("sender-domain", level, "The sender's domain", words, diagnosis.mend, "settings", about=about)


def check_relays(settings: Settings, outside: Outside) -> Iterator[Finding]:
    """Whether mail could be handed over now. Nothing is lost if not: it waits."""
    away = outside.relays(settings)
    is_all = len(away) >= len(settings.relays)
    for name, why in away.items():
        words = f"The relay {name} can't be used now: {why}."
        words += " Mail would wait until it can be." if is_all else " The other relays would take all mail."
        mend = "Tell whoever looks after this installation; communique doctor says more."
        yield Finding("relay", "warning" if is_all else "note", "Mail server", words, mend, "settings", about=name)


def known_relays(settings: Settings) -> Mapping[str, str] | None:
    """What was found when the relays were asked last, a minute ago at most; None if nobody asked. It asks nobody."""
    kept = recall(settings, _relays_key(settings))
    return None if kept is None else dict(kept)


def _sender(settings: Settings) -> Sequence[Diagnosis]:
    key = f"sender:{_digest(settings.statements_from, settings.envelope_domain, *settings.dkim, *settings.relays)}"
    kept = recall(settings, key)
    if kept is None:
        dns = Dns(seconds=_DNS_SECONDS)
        kept = [asdict(found) for found in sender_domain.examine_statements(settings, dns)]
        remember(settings, key, kept, seconds=_KEEP_DNS)
    return [Diagnosis(**row) for row in kept]


def _relays(settings: Settings) -> Mapping[str, str]:
    kept = known_relays(settings)
    if kept is None:
        with ThreadPoolExecutor(len(settings.relays), thread_name_prefix="relay") as pool:
            ask = pool.map(
                lambda relay: relays.trouble(relay, settings.ehlo_name, seconds=_RELAY_SECONDS), settings.relays
            )
            kept = {relay.name: why for relay, why in zip(settings.relays, ask, strict=True) if why}
        remember(settings, _relays_key(settings), kept, seconds=_KEEP_RELAYS)
    return kept


def _relays_key(settings: Settings) -> str:
    return f"relays:{_digest(*settings.relays)}"


def _digest(*parts: object) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]
