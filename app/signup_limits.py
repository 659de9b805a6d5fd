"""What the sign-up form lets pass: one setting of names and numbers, those that aren't named as they come."""

from dataclasses import dataclass, fields, replace
from typing import Annotated, Self

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

_MOST = 1_000_000
_MAY_BE_NOTHING = frozenset({"form_seconds", "dns"})


@dataclass(frozen=True, slots=True)
class SignupLimits:
    """Limits of sign-ups; `site_hour` is what never counts as an attack, however few sign-ups there were before.

    A form that comes back sooner than `form_seconds` was filled in by a robot. `address_day` and `address_month` are
    mails to one address that its owner didn't answer, the others are mails at all; a network is an IPv4 /24 or an IPv6
    /56, a domain stands for all domains of its provider. With `dns=0` no name server is asked about domains.
    """

    form_seconds: int = 2
    address_day: int = 1
    address_month: int = 3
    network_hour: int = 10
    network_day: int = 30
    domain_hour: int = 60
    site_hour: int = 100
    dns: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `name=number` with blanks between them; raises ValueError with what can be written."""
        given: dict[str, int] = {}
        names = [field.name for field in fields(cls)]
        for part in text.split():
            name, _, number = part.partition("=")
            if name not in names:
                raise ValueError(f"“{part}” is not known; there are {', '.join(names)}, each followed by =number")
            usual, least = getattr(cls(), name), 0 if name in _MAY_BE_NOTHING else 1
            if not (number.isascii() and number.isdecimal() and least <= int(number) <= _MOST):
                raise ValueError(f"{name} needs a whole number from {least} to {_MOST:,}, as in {name}={usual}")
            given[name] = int(number)
        return replace(cls(), **given)

    def __str__(self) -> str:
        """As `parse` reads it."""
        return " ".join(f"{field.name}={getattr(self, field.name)}" for field in fields(self))


def _parse(value: object) -> object:
    return SignupLimits.parse(value) if isinstance(value, str) else value


SignupRules = Annotated[SignupLimits, NoDecode, BeforeValidator(_parse)]
