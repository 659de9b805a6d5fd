"""How much the domains of recipients may be given: `gmail.com 20/s 5000/h 50000/d; example.org+example.net 5/s`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from app.setting_values import host_name

_FORM = "write it like gmail.com 20/s 5000/h 50000/d; example.org+example.net 5/s"
_RATE = re.compile(r"([1-9][0-9]{0,8})/([shd])")


@dataclass(frozen=True, slots=True)
class DomainLimit:
    """A group of domains and what it may be given, through all relays together. 0 means no limit.

    Domains that are joined with + belong to one provider (the same MX); a group without any limit only says that.
    """

    domains: tuple[str, ...]
    per_second: int = 0
    per_hour: int = 0
    per_day: int = 0

    def __str__(self) -> str:
        """The group as it is written in the settings."""
        rates = [(self.per_second, "s"), (self.per_hour, "h"), (self.per_day, "d")]
        return " ".join(["+".join(self.domains), *(f"{number}/{unit}" for number, unit in rates if number)])


def parse_domain_limits(text: str) -> tuple[DomainLimit, ...]:
    """Read all groups; ValueError says what is wrong with which."""
    limits = tuple(_group(part) for part in text.split(";") if part.strip())
    _refuse_twice(limits)
    return limits


def _group(text: str) -> DomainLimit:
    names, *rates = text.split()
    domains = tuple(_domain(name) for name in names.split("+"))
    found: dict[str, int] = {}
    for rate in rates:
        parts = _RATE.fullmatch(rate)
        if not parts:
            raise ValueError(f"“{rate}” is no limit: {_FORM}")
        if parts[2] in found:
            raise ValueError(f"{names} has two limits per {parts[2]}: keep one")
        found[parts[2]] = int(parts[1])
    return DomainLimit(domains, found.get("s", 0), found.get("h", 0), found.get("d", 0))


def _domain(name: str) -> str:
    try:
        return host_name(name).lower()
    except ValueError as error:
        raise ValueError(f"“{name}” is no domain ({error}): {_FORM}") from None


def _refuse_twice(limits: Sequence[DomainLimit]) -> None:
    seen = set()
    for domain in chain.from_iterable(limit.domains for limit in limits):
        if domain in seen:
            raise ValueError(f"{domain} stands there twice: keep it in one group")
        seen.add(domain)
