"""What differs from copy to copy of a message: the header fields of one recipient, and the values of the slots."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from typing import Self

from app.errors import Invalid, Problem
from app.mail import merge_fields
from app.mail.address import EmailAddress
from app.mail.encoding import split_slots
from app.mail.language import one_line
from app.mail.merge_fields import MergeField
from app.mail.policy import header_lines

_LINKS = ("unsubscribe_url", "preferences_url")
_URL = re.compile(r"https?://[!-;=?-~]{1,900}")
_KEY = re.compile(r"[0-9A-Za-z]{16,64}")
_NOT_IN_ADDRESS = re.compile(r'[\x00-\x20\x7f-\x9f<>()\[\]:;,\\"]')


@dataclass(slots=True)
class Recipient:
    """One person's copy; `message_key` and `dated` are fixed with the delivery. Notices need no URLs here.

    The names may be any text, or empty.
    """

    delivery_id: int
    address: EmailAddress
    message_key: str
    dated: datetime
    unsubscribe_url: str = ""
    preferences_url: str = ""
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True)
class PersonalFields:
    """Writes a recipient's own header fields; `subject` is empty unless it holds merge fields."""

    message_id_domain: str
    one_click: bool
    subject: tuple[str | MergeField, ...] = ()

    @property
    def names(self) -> list[str]:
        """The fields' names in lower case, in the order in which they are written."""
        always = ["date", "to", "message-id"]
        return always + ["subject"] * bool(self.subject) + ["list-unsubscribe"] * self.one_click

    def of(self, recipient: Recipient, leaving_address: str = "") -> bytes:
        """The fields, complete with line ends; raises Invalid if a value can't stand in one.

        `leaving_address` is where a mail unsubscribes; it is empty where nobody listens.
        """
        address = recipient.address.wire
        if _NOT_IN_ADDRESS.search(address):
            raise Invalid(Problem("The recipient's address can't stand in a header.", field="To"))
        if not _KEY.fullmatch(recipient.message_key):
            raise Invalid(Problem("A message key is 16 to 64 letters and digits.", field="Message-ID"))
        lines = (
            f"Date: {_date(recipient.dated)}\r\n"
            f"To: {address}\r\n"
            f"Message-ID: <{recipient.message_key}@{self.message_id_domain}>\r\n"
        )
        if self.subject:
            words = [_merged(piece, recipient) if isinstance(piece, MergeField) else piece for piece in self.subject]
            lines += _subject("".join(words))
        if self.one_click:
            lines += f"List-Unsubscribe: <{_checked(recipient.unsubscribe_url, 'List-Unsubscribe')}>"
            lines += f",\r\n <mailto:{leaving_address}?subject=unsubscribe>" * bool(leaving_address)
            lines += "\r\n"
        return lines.encode()


@dataclass(frozen=True, slots=True)
class PersonalValues:
    """Gives the values of a message's slots, for the plain text and for the HTML."""

    links: tuple[str, ...]
    merged: tuple[tuple[str, MergeField], ...]

    @classmethod
    def for_slots(cls, slots: Iterable[str]) -> Self:
        """For these slots; raises ValueError for one that is neither a link nor a merge field."""
        links, merged = [], []
        for name in sorted(slots):
            field = merge_fields.merge_field(name)
            if field is not None:
                merged.append((name, field))
            elif name in _LINKS:
                links.append(name)
            else:
                raise ValueError(f"nothing is known that could fill the slot “{name}”")
        return cls(tuple(links), tuple(merged))

    def of(self, recipient: Recipient) -> tuple[Mapping[str, bytes], Mapping[str, bytes]]:
        """A value for each slot, as it stands in plain text and as it stands in HTML; raises Invalid for a bad link."""
        plain = {name: _checked(getattr(recipient, name), name) for name in self.links}
        for name, field in self.merged:
            plain[name] = _merged(field, recipient)
        return (
            {name: value.encode() for name, value in plain.items()},
            {name: escape(value).encode() for name, value in plain.items()},
        )


def _merged(field: MergeField, recipient: Recipient) -> str:
    if field.name == "email":
        return one_line(recipient.address.text) or field.fallback
    return merge_fields.value(getattr(recipient, field.name)) or field.fallback


def personal_subject(subject: str) -> tuple[str | MergeField, ...]:
    """A rendered subject taken apart at its merge fields; empty if there are none.

    Raises Invalid for what can't stand in a header, so that it is found before anybody's copy is filled.
    """
    pieces = split_slots(subject)
    header_lines([("Subject", "".join(pieces[::2]))])
    if len(pieces) == 1:
        return ()
    return tuple(
        (merge_fields.merge_field(piece) if place % 2 else None) or piece for place, piece in enumerate(pieces)
    )


@lru_cache(maxsize=8192)
def _subject(text: str) -> str:
    """The field for one wording; many readers have the same name."""
    return header_lines([("Subject", " ".join(text.split()))]).decode("ascii")


@lru_cache(maxsize=1024)
def _date(moment: datetime) -> str:
    """All rows of a claim have the same date."""
    return format_datetime(moment.astimezone(UTC))


def _checked(url: str, field: str) -> str:
    if not _URL.fullmatch(url):
        raise Invalid(Problem("A web address in plain ASCII is needed here.", field=field))
    return url
