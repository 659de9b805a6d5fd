"""The relays that mail is handed to: their addresses, how they share the work, and how much each may be given.

`COMMUNIQUE_SMTP_URL` holds one URL or several, separated by white space. What is said about a relay stands among the
options of its URL: `smtp://host:587?tls=starttls&name=a&weight=3&per_second=200&per_day=100000`.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Literal, Self
from urllib.parse import parse_qsl, quote, urlencode

from app.smtp_url import SmtpUrl

Retry = Literal["relay", "direct"]
LONGEST_NAME = 60
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LARGEST = 100_000_000
_SMALLEST = {"weight": 1, "connections": 1}
_MOST = {"weight": 1000, "connections": 1000, "all_connections": 10_000}
_URL_OPTIONS = frozenset({"tls", "auth"})


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """One relay and what it may be given. A limit of 0 means no limit.

    `name` stands in the ledger, in limits and in words for staff; keep it when the host changes. `weight` is its share
    of the work. `connections` is the most of one process, `all_connections` the most of all processes together. A relay
    that hands on (`retry` = relay) retries recipients itself; `direct` means that it answers for the recipient's server
    at once, and that retrying is left to us. `ramp_from` is the first day of its warm-up, in UTC.
    """

    name: str
    url: SmtpUrl
    weight: int = 1
    connections: int = 10
    all_connections: int = 0
    messages_per_connection: int = 0
    per_second: int = 0
    per_hour: int = 0
    per_day: int = 0
    retry: Retry = "relay"
    ramp_from: date | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one URL with its options; ValueError names the option and says what to write."""
        address, mark, query = text.strip().partition("?")
        if "@" in query or "#" in query:
            # part of a password that wasn't escaped: the URL's own refusal knows how to say that without repeating it
            _refuse_unescaped(text)
        given = _options(query)
        url_part = urlencode([(name, value) for name, value in given.items() if name in _URL_OPTIONS])
        url = SmtpUrl.parse(address + (mark + url_part if url_part else ""))
        name = given.get("name", "")
        if name and not (_NAME.fullmatch(name) and len(name) <= LONGEST_NAME):
            raise ValueError(f"name= is made of at most {LONGEST_NAME} letters, digits, dots and hyphens")
        return cls(
            name or _default_name(url),
            url,
            **{option: _number(option, given[option]) for option in _NUMBERS if option in given},
            retry=_retry(given.get("retry", "relay")),
            ramp_from=_day(given["ramp_from"]) if "ramp_from" in given else None,
        )

    def lowered(self, *, per_second: int, per_hour: int, per_day: int) -> Self:
        """The same relay with these limits where they are lower than its own; 0 leaves its own."""
        return replace(
            self,
            per_second=_lower(self.per_second, per_second),
            per_hour=_lower(self.per_hour, per_hour),
            per_day=_lower(self.per_day, per_day),
        )

    @property
    def is_limited(self) -> bool:
        """Whether there is any limit on how fast it may be given messages."""
        return bool(self.per_second or self.per_hour or self.per_day or self.ramp_from)

    def __str__(self) -> str:
        """The URL as it could be written in the settings, its password masked."""
        options = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in {"name", "url"} and getattr(self, field.name) != field.default
        }
        if self.name != _default_name(self.url):
            options = {"name": self.name, **options}
        url = str(self.url)
        return url + ("&" if "?" in url else "?") * bool(options) + urlencode(options, quote_via=quote)


_NUMBERS = tuple(field.name for field in fields(RelaySettings) if field.type is int)
_OPTIONS = ("name", *_NUMBERS, "retry", "ramp_from")


def parse_relays(text: str) -> tuple[RelaySettings, ...]:
    """Read all relays of the setting; ValueError says which of several is meant, by its place, and what to write."""
    parts = text.split()
    relays = []
    for place, part in enumerate(parts, 1):
        try:
            relays.append(RelaySettings.parse(part))
        except ValueError as error:
            which = f"relay {place} of {len(parts)}: " if len(parts) > 1 else ""
            raise ValueError(f"{which}{error}") from None
    if not relays:
        raise ValueError("name at least one relay, such as smtp://host:587?tls=starttls")
    _refuse_same_names(relays)
    return tuple(relays)


def _refuse_same_names(relays: Sequence[RelaySettings]) -> None:
    name, count = Counter(relay.name for relay in relays).most_common(1)[0]
    if count > 1:
        raise ValueError(f"{count} relays have the name {name}: give each one of its own with name=")


def _refuse_unescaped(text: str) -> None:
    """Refuse a URL whose query holds what belongs into a password, in the words of the URL's own reader."""
    SmtpUrl.parse(text)
    raise ValueError("write @ and # as %40 and %23 in options")


def _options(query: str) -> dict[str, str]:
    """The options of a URL, each at most once."""
    pairs = parse_qsl(query, keep_blank_values=True)
    given = dict(pairs)
    if len(given) < len(pairs):
        (name, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"the option {name} is given twice: keep one")
    unknown = sorted(given.keys() - _URL_OPTIONS - set(_OPTIONS))
    if unknown:
        raise ValueError(f"unknown option {', '.join(unknown)}: known are tls, auth, {', '.join(_OPTIONS)}")
    return given


def _number(option: str, value: str) -> int:
    smallest, most = _SMALLEST.get(option, 0), _MOST.get(option, _LARGEST)
    if not re.fullmatch(r"[0-9]{1,9}", value) or not smallest <= int(value) <= most:
        raise ValueError(f"{option}= is a whole number from {smallest} to {most}, not “{value}”")
    return int(value)


def _retry(value: str) -> Retry:
    if value == "relay":
        return "relay"
    if value == "direct":
        return "direct"
    raise ValueError("retry= is relay (it retries recipients itself) or direct (that is left to us)")


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"ramp_from= is a day such as 2026-11-25, not “{value}”") from None


def _default_name(url: SmtpUrl) -> str:
    """The host, with its port unless that is the usual one: readable, and the same whatever other relays there are."""
    name = url.host if url.has_usual_port and ":" not in url.host else url.place
    if len(name) > LONGEST_NAME:
        raise ValueError(f"the host is too long for a name: add name= with at most {LONGEST_NAME} letters")
    return name


def _lower(one: int, other: int) -> int:
    """The lower of two limits, of which 0 is none."""
    return min(limit for limit in (one, other) if limit) if one or other else 0
