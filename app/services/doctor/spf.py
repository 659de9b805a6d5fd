"""SPF (RFC 7208): one record for the envelope sender's domain, few lookups, and our relays in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from app.services.doctor.diagnosis import Diagnosis, fail, ok, remark, warn
from app.services.doctor.lookup import Dns, Unanswered

MOST_LOOKUPS = 10
_PART = "SPF"
_LOOKING_UP = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
_STOP_AT = 25
_SHARED_ENDINGS = frozenset({"co", "com", "org", "net", "ac", "gov", "edu"})


@dataclass(slots=True)
class _Policy:
    """What a record and all that it includes come to."""

    networks: list[IPv4Network | IPv6Network] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    lookups: int = 0
    ending: str = ""
    broken: str = ""

    def holds(self, address: str) -> bool:
        """Whether an address may send."""
        found = ip_address(address)
        return any(found in network for network in self.networks if network.version == found.version)


def examine(dns: Dns, domain: str, relays: Sequence[str]) -> Iterator[Diagnosis]:
    """Look at a domain's record; `relays` are the hosts that our mail is handed to. Raises Unanswered."""
    records = _records(dns, domain)
    if not records:
        yield fail(
            _PART,
            f"{domain} has no SPF record, so mail in its name looks forged.",
            f'Publish a TXT record for {domain} such as "v=spf1 include:<your relay\'s domain> ~all".',
            "spf-missing",
        )
        return
    if len(records) > 1:
        words = f"{domain} has {len(records)} SPF records; receivers take none of them then (RFC 7208 section 4.5)."
        yield fail(_PART, words, "Merge them into one.", "spf-twice")
        return
    policy = _Policy()
    _read(dns, domain, records[0], policy, top=True)
    yield from _form(domain, policy)
    for relay in relays:
        yield _relay(dns, domain, relay, policy)


def _form(domain: str, policy: _Policy) -> Iterator[Diagnosis]:
    if policy.broken:
        words = f"The SPF record of {domain} can't be followed: {policy.broken}."
        yield fail(_PART, words, "Correct it; receivers treat a broken record as none.", "spf-broken")
    elif policy.lookups > MOST_LOOKUPS:
        words = f"The SPF record of {domain} needs {policy.lookups} lookups; {MOST_LOOKUPS} are allowed."
        yield fail(_PART, words, "Take out what no longer sends in this domain's name.", "spf-lookups")
    elif policy.ending == "+all":
        words = f"The SPF record of {domain} ends in +all: everybody may send in its name."
        yield fail(_PART, words, "End it in ~all.", "spf-open")
    elif policy.ending not in {"~all", "-all"}:
        words = f"The SPF record of {domain} doesn't say what holds for everybody else."
        yield warn(_PART, words, "End it in ~all.", "spf-ending")
    else:
        yield ok(_PART, f"{domain} has one SPF record, with {policy.lookups} lookups, ending in {policy.ending}.")


def _relay(dns: Dns, domain: str, relay: str, policy: _Policy) -> Diagnosis:
    """A relay often sends from other addresses than the one it takes mail at, so this can't always be judged."""
    try:
        addresses = dns.addresses(relay)
    except Unanswered:
        addresses = []
    if any(map(policy.holds, addresses)):
        return ok(_PART, f"It names the address of the relay {relay}.")
    if any(_is_related(relay, included) for included in policy.domains):
        return ok(_PART, f"It includes the domain of the relay {relay}.")
    words = f"The SPF record of {domain} names neither the address nor the domain of the relay {relay}."
    return remark(_PART, words, "If the relay sends from other addresses, make sure that these are in it.")


def _records(dns: Dns, domain: str) -> list[str]:
    return [text for text in dns.texts(domain) if text.lower().split(" ")[0] == "v=spf1"]


def _read(dns: Dns, domain: str, record: str, policy: _Policy, *, top: bool = False) -> None:
    for word in record.split()[1:]:
        qualifier, name, value = _term(word)
        policy.lookups += name in _LOOKING_UP
        if policy.lookups > _STOP_AT or policy.broken:
            return
        if name == "all" and top:
            policy.ending = f"{qualifier}all"
        elif name in {"ip4", "ip6"}:
            _add_network(word, value, policy)
        elif name in {"a", "mx"} and qualifier == "+":
            _add_hosts(dns, name, value.partition("/")[0] or domain, policy)
        elif name in {"include", "redirect"} and "%" not in value:
            _follow(dns, name, value, policy, top=top)


def _follow(dns: Dns, name: str, target: str, policy: _Policy, *, top: bool) -> None:
    """Go on with another domain's record; with redirect= its ending counts as ours."""
    policy.domains.append(target)
    records = _records(dns, target)
    if len(records) != 1:
        policy.broken = f"{name} of {target}, which has {'no' if not records else 'more than one'} SPF record"
        return
    _read(dns, target, records[0], policy, top=top and name == "redirect")


def _add_network(word: str, value: str, policy: _Policy) -> None:
    try:
        policy.networks.append(ip_network(value, strict=False))
    except ValueError:
        policy.broken = f"“{word}” holds no address"


def _add_hosts(dns: Dns, name: str, host: str, policy: _Policy) -> None:
    if "%" in host:
        return
    hosts = dns.mail_servers(host) if name == "mx" else [host]
    policy.networks += [ip_network(address) for one in hosts if one for address in dns.addresses(one)]


def _term(word: str) -> tuple[str, str, str]:
    """Qualifier, name and value of one term (RFC 7208 section 4.6.1)."""
    qualifier = word[0] if word[0] in "+-~?" else "+"
    word = word.lstrip("+-~?")
    for sign in ":=/":
        name, found, value = word.partition(sign)
        if found and name.isalnum():
            return qualifier, name.lower(), f"/{value}" if sign == "/" else value
    return qualifier, word.lower(), ""


def _is_related(relay: str, domain: str) -> bool:
    """Whether two names share all but their first parts, as smtp.relay.example and _spf.relay.example do."""
    one, other = relay.lower().split("."), domain.lower().rstrip(".").split(".")
    shared = 0
    for mine, theirs in zip(reversed(one), reversed(other), strict=False):
        if mine != theirs:
            break
        shared += 1
    return shared > len(_SHARED_ENDINGS.intersection(other[-2:-1])) + 1
