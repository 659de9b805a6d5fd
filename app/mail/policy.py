"""Header fields as bytes: folded where folding is safe, encoded where people read them, raw everywhere else.

The standard library turns any value that doesn't fit into encoded-words, even the URL of List-Unsubscribe,
where they are forbidden (RFC 2047 section 5) and break one-click unsubscribing. Here each kind of field has
its own way of folding, and `MailPolicy` gives the same bytes to code that uses EmailMessage.
"""

import email.policy
import re
import unicodedata
from collections.abc import Sequence
from email.headerregistry import Address
from typing import Any, TypeAlias

from app.errors import Invalid, Problem
from app.mail.encoded_words import MAX_LINE, MAX_WORD, encode_words

MAX_OCTETS = 998
TEXT_FIELDS = frozenset({"subject", "comments", "content-description"})
RAW_FIELDS = frozenset(
    [
        "list-unsubscribe",
        "list-unsubscribe-post",
        "list-help",
        "list-owner",
        "list-archive",
        "list-subscribe",
        "list-post",
        "feedback-id",
        "message-id",
        "cfbl-address",
        "date",
        "mime-version",
        "auto-submitted",
        "precedence",
        "x-auto-response-suppress",
    ]
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_ATOMS = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+")
_DOT_ATOM = re.compile(r"[^\s.\x00-\x20()<>\[\]:;@\\,\"]+(?:\.[^\s.\x00-\x20()<>\[\]:;@\\,\"]+)*")
_CONTROL = {"Cc", "Cs", "Zl", "Zp"}
_FOLD = "\r\n "

FieldValue: TypeAlias = str | Address | Sequence[Address]


def header_lines(pairs: Sequence[tuple[str, FieldValue]]) -> bytes:
    """Write a header section, each field folded with CRLF at the end; no empty line follows.

    Addresses are given as `Address`, whose display name may be any text. Only an address with an
    internationalised local part makes the result non-ASCII (RFC 6532). Raises Invalid, with the field's name,
    for control characters, for non-ASCII text in a field made for machines, and for lines over 998 octets.
    """
    return b"".join(_field(name, value) for name, value in pairs)


def _field(name: str, value: FieldValue) -> bytes:
    if not _NAME.fullmatch(name):
        raise Invalid(Problem("A header field's name is letters, digits and hyphens.", field=name))
    if isinstance(value, str):
        folded = _text_or_raw(name, _checked(name, value))
    else:
        folded = _addresses(name, [value] if isinstance(value, Address) else value)
    if max(map(len, folded.split("\r\n"))) > MAX_OCTETS:
        raise Invalid(Problem(f"The value is too long for one line of {MAX_OCTETS} characters.", field=name))
    return f"{folded}\r\n".encode()


def _checked(name: str, value: str) -> str:
    if any(unicodedata.category(character) in _CONTROL for character in value):
        raise Invalid(Problem("Line breaks and control characters are not allowed here.", field=name))
    return value.strip()


def _text_or_raw(name: str, value: str) -> str:
    key = name.lower()
    if key in TEXT_FIELDS:
        return _text(name, value)
    if key == "list-id":
        phrase, _, identifier = value.rpartition(" ")
        if phrase:
            return _fold(name, [*_phrase(phrase, len(name)), _ascii(name, identifier)])
    return _raw(name, value)


def _raw(name: str, value: str) -> str:
    """Write a machine's field as it is: a list of URLs one to a line, parameters folded if they don't fit."""
    line = f"{name}: {_ascii(name, value).replace(', <', f',{_FOLD}<')}"
    return line if len(line) <= MAX_LINE or "," in value else line.replace("; ", f";{_FOLD}")


def _ascii(name: str, value: str) -> str:
    if not value.isascii():
        raise Invalid(Problem("Only ASCII is allowed here; encode the web address.", field=name))
    return value


def _text(name: str, value: str) -> str:
    """Write unstructured text (RFC 5322 section 2.2.1): ASCII folded at its spaces, all else encoded."""
    words = value.split(" ")
    room = MAX_LINE - len(name) - 2
    plain = value.isascii() and "=?" not in value and all(words) and max(map(len, words)) <= room
    return _fold(name, words if plain else encode_words(value, room))


def _addresses(name: str, addresses: Sequence[Address]) -> str:
    tokens: list[str] = []
    for place, address in enumerate(addresses):
        comma = "," if place < len(addresses) - 1 else ""
        mailbox = _addr_spec(name, address)
        phrase = _checked(name, address.display_name)
        tokens += [*_phrase(phrase, len(name)), f"<{mailbox}>{comma}"] if phrase else [mailbox + comma]
    if not tokens:
        raise Invalid(Problem("An address is missing.", field=name))
    return _fold(name, tokens)


def _addr_spec(name: str, address: Address) -> str:
    """Write local@domain; what needs quoting and a domain that isn't in A-labels are refused, not mended."""
    spec = f"{address.username}@{address.domain}"
    _checked(name, spec)
    if not _DOT_ATOM.fullmatch(address.username) or not _DOT_ATOM.fullmatch(address.domain):
        raise Invalid(Problem(f"“{spec}” is not an email address.", field=name))
    _ascii(name, address.domain)
    return spec


def _phrase(text: str, name_length: int) -> list[str]:
    """Write a display name as atoms, as one quoted string, or as encoded-words, whichever it needs."""
    room = MAX_WORD - name_length - 2
    if text.isascii() and "=?" not in text and "  " not in text and len(text) <= room - 2:
        if _ATOMS.fullmatch(text):
            return text.split(" ")
        escaped = re.sub(r'(["\\])', r"\\\1", text)
        if len(escaped) <= room - 2:
            return [f'"{escaped}"']
    return encode_words(text, room)


def _fold(name: str, tokens: Sequence[str]) -> str:
    """Join tokens by spaces, or by folds where a line would be over 76 characters."""
    lines = [f"{name}: {tokens[0]}"]
    for token in tokens[1:]:
        if len(lines[-1]) + 1 + len(token) > MAX_LINE:
            lines.append(f" {token}")
        else:
            lines[-1] += f" {token}"
    return "\r\n".join(lines)


class MailPolicy(email.policy.EmailPolicy):
    """An EmailMessage policy that writes this module's fields; MIME fields stay with the standard library."""

    def fold(self, name: str, value: Any) -> str:
        """Fold a field as text; raises Invalid like `header_lines`."""
        ours = self._ours(name, value)
        return super().fold(name, value) if ours is None else ours.decode()

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Fold a field as bytes; raises Invalid like `header_lines`."""
        ours = self._ours(name, value)
        return super().fold_binary(name, value) if ours is None else ours

    @staticmethod
    def _ours(name: str, value: Any) -> bytes | None:
        if hasattr(value, "addresses"):
            return _field(name, value.addresses)
        if name.lower() in RAW_FIELDS | TEXT_FIELDS | {"list-id"}:
            return _field(name, str(value))
        return None


HEADER_POLICY = MailPolicy(linesep="\r\n", cte_type="7bit", max_line_length=76)
