"""Asking DNS, shortly: there is an answer, there is none, or nobody answers; the last is never taken for the second."""

from collections.abc import Sequence
from typing import Any

import dns.exception
import dns.inet
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename

SECONDS = 3.0
_RESERVED = (".example", ".test", ".invalid", ".localhost", ".local", ".internal")
_EXAMPLES = ("example.com", "example.net", "example.org")


class Unanswered(Exception):
    """DNS doesn't answer, so that nothing is known; says which name was asked for."""


def is_made_up(domain: str) -> bool:
    """Whether a name is reserved for examples and tests (RFC 2606, RFC 6761), so that DNS knows nothing of it."""
    name = f".{domain.lower().rstrip('.')}"
    return name.endswith(_RESERVED) or any(name.endswith(f".{example}") for example in _EXAMPLES)


class Dns:
    """A resolver that gives what it finds; empty means that there is nothing of this kind under the name."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None, seconds: float = SECONDS) -> None:
        self._resolver = resolver
        self._seconds = seconds

    def texts(self, name: str) -> list[str]:
        """TXT records, each put together from its strings (RFC 7208 section 3.3)."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")]

    def mail_servers(self, name: str) -> list[str]:
        """The hosts of the MX records, best first; a null MX (RFC 7505) is an empty host."""
        records = sorted(self._ask(name, "MX"), key=lambda record: int(record.preference))
        return [_plain(record.exchange) for record in records]

    def addresses(self, name: str) -> list[str]:
        """IPv4 and IPv6 addresses; of an address that one itself."""
        if dns.inet.is_address(name):
            return [name]
        return [str(record.address) for kind in ("A", "AAAA") for record in self._ask(name, kind)]

    def zone_exists(self, name: str) -> bool:
        """Whether the name is in a zone that has an SOA record, its own or that of a name above it."""
        try:
            zone = dns.resolver.zone_for_name(f"{name}.", resolver=self._own(), lifetime=self._seconds)
        except dns.resolver.NoRootSOA:
            return False
        except dns.exception.DNSException as error:
            raise Unanswered(name) from error
        return len(zone) > len(dns.name.from_text("org."))

    def names_of(self, address: str) -> list[str]:
        """The names that an address claims (PTR)."""
        reverse = dns.reversename.from_address(address).to_text(omit_final_dot=True)
        return [_plain(record.target) for record in self._ask(reverse, "PTR")]

    def _ask(self, name: str, kind: str) -> Sequence[Any]:
        try:
            return list(self._own().resolve(f"{name.rstrip('.')}.", kind, lifetime=self._seconds, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise Unanswered(name) from error

    def _own(self) -> dns.resolver.Resolver:
        if self._resolver is None:
            self._resolver = dns.resolver.Resolver()
        return self._resolver


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).rstrip(".").lower()
