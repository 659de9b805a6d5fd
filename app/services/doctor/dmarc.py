"""DMARC (RFC 9989): which policy holds for a sender's domain, and which domains count as its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.services.doctor.diagnosis import Diagnosis, fail, ok, remark, warn
from app.services.doctor.dkim_record import tags
from app.services.doctor.lookup import Dns

_PART = "DMARC"
_MOST_LABELS = 8


@dataclass(frozen=True, slots=True)
class Policy:
    """A record: the domain under which it was found, and its tags."""

    domain: str
    tags: dict[str, str]

    @property
    def wish(self) -> str:
        """What receivers are asked to do with mail that fails: none, quarantine or reject."""
        return self.tags.get("p", "none").lower()

    def is_strict(self, tag: str) -> bool:
        """Whether `adkim` or `aspf` asks for the very same domain."""
        return self.tags.get(tag, "r").lower() == "s"


def walk(dns: Dns, domain: str) -> list[Policy]:
    """The records of a domain and of those above it, from below (section 4.10); at most eight lookups."""
    labels = domain.lower().rstrip(".").split(".")
    names = [".".join(labels[at:]) for at in range(len(labels))]
    if len(names) > _MOST_LABELS:
        names = [names[0], *names[-(_MOST_LABELS - 1) :]]
    found = []
    for name in names:
        records = [text for text in dns.texts(f"_dmarc.{name}") if text.replace(" ", "").lower().startswith("v=dmarc1")]
        if len(records) == 1:
            found.append(Policy(name, tags(records[0])))
    return found


def organisational(domain: str, found: Sequence[Policy]) -> str:
    """The organisation's domain, by the records of a walk; the domain itself if there are none (section 4.10.2)."""
    for policy in found:
        if policy.tags.get("psd") == "n":
            return policy.domain
        if policy.tags.get("psd") == "y" and policy.domain != domain.lower():
            depth = policy.domain.count(".") + 2
            return ".".join(domain.lower().split(".")[-depth:])
    return found[-1].domain if found else domain.lower()


def policy_for(domain: str, found: Sequence[Policy]) -> Policy | None:
    """The record that holds for a domain: its own, or that of the organisation."""
    names = (domain.lower(), organisational(domain, found))
    return next((policy for name in names for policy in found if policy.domain == name), None)


def examine(domain: str, policy: Policy | None) -> Iterator[Diagnosis]:
    """Look at the record that holds for a sender's domain."""
    if policy is None:
        words = f"There is no DMARC record for {domain}; Gmail, Yahoo and Outlook refuse bulk mail without one."
        mend = f'Publish a TXT record at _dmarc.{domain}: "v=DMARC1; p=none; rua=mailto:<an address that you read>".'
        yield fail(_PART, words, mend, "dmarc-missing")
        return
    yield ok(_PART, f"The policy of {policy.domain} holds for {domain}: p={policy.wish}.")
    if not policy.tags.get("rua"):
        words = "Nobody gets the reports of receivers (rua=), in which failures would show first."
        yield warn(_PART, words, "Add rua=mailto:<an address that you read>.", "dmarc-reports")
    if "pct" in policy.tags:
        yield remark(_PART, "The record holds pct=, which RFC 9989 took out.", "Take it out.")
    if policy.wish == "none":
        words = "p=none asks receivers for nothing."
        yield remark(_PART, words, "After a month of clean reports, go on to p=quarantine.")
