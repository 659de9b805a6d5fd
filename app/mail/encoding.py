"""Transfer encoding of compiled messages: constants are encoded once, values are joined in per recipient.

A rendered template holds *slots*: a name between two private-use characters where a recipient's value goes.
What `encode_part` returns knows the encoded constants and fills the slots at the cost of a join.

Text is UTF-8 with CRLF line ends on the wire (RFC 2045 section 2.8); LF, CRLF and lone CR all become CRLF,
in each constant and each value by itself. The result is 7-bit, has no line over 76 octets, and never begins
a line with a dot or with "From ", so that neither dot stuffing (RFC 5321 section 4.5.2) nor an mbox changes
it; and it is in the canonical form in which DKIM signs it (RFC 6376 section 3.4.4), so that relaying can't break a
signature. No line break is added at the end: the one before a MIME boundary belongs to the boundary.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from app.mail.base64_slots import Base64Part
from app.mail.quoted_printable import QuotedPrintablePart

SLOT_OPEN, SLOT_CLOSE = "\ue000", "\ue001"
SLOT_STAND_IN = "\ufdd0"
_SLOT = re.compile(f"{SLOT_OPEN}([a-z][a-z0-9_]*){SLOT_CLOSE}")


class EncodedPart(Protocol):
    """The body of one MIME leaf, encoded but for its slots."""

    @property
    def encoding(self) -> str:
        """The value of Content-Transfer-Encoding: "quoted-printable" or "base64"."""

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots' names in order; a name may come more than once."""

    def fill(self, values: Mapping[str, bytes]) -> bytes:
        """Build the body for one recipient; values are UTF-8, already escaped if the part is HTML.

        Raises KeyError if a slot has no value.
        """

    def chunks(self, values: Mapping[str, bytes]) -> list[bytes]:
        """Build the same in pieces, for a caller that joins several parts at once."""


def slot(name: str) -> str:
    """Give the marker that a template prints where the value called `name` goes."""
    return f"{SLOT_OPEN}{name}{SLOT_CLOSE}"


def hide_slots(text: str) -> tuple[str, list[str]]:
    """Put one character, which no cleaned text holds, in each slot's place, so that the text can be cut or measured."""
    return _SLOT.sub(SLOT_STAND_IN, text), [match[0] for match in _SLOT.finditer(text)]


def show_slots(text: str, slots: Iterable[str]) -> str:
    """Put slots that were hidden back, in their order; those that don't fit in any more are left out."""
    left = iter(slots)
    return re.sub(SLOT_STAND_IN, lambda _: next(left, ""), text)


def split_slots(text: str) -> list[str]:
    """Split into constant, slot name, constant, …, beginning and ending with a (maybe empty) constant.

    Raises ValueError for a marker without its partner or with a name that isn't one.
    """
    pieces = _SLOT.split(text)
    if any(SLOT_OPEN in constant or SLOT_CLOSE in constant for constant in pieces[::2]):
        raise ValueError("a slot marker is incomplete, or its name is not lower-case letters, digits and _")
    return pieces


def encode_part(text: str) -> EncodedPart:
    """Encode a rendered template in the smaller of the two encodings; quoted-printable if they are equal.

    Raises ValueError for a broken slot marker.
    """
    return _smaller(split_slots(text))


def encode_once(text: str) -> tuple[str, bytes]:
    """Give the encoding's name and the encoded body of a text in which slot markers mean nothing."""
    part = _smaller([text])
    return part.encoding, part.fill({})


def _smaller(pieces: list[str]) -> EncodedPart:
    constants = [_line_ends(piece).encode("utf-8", "replace") for piece in pieces[::2]]
    slots = tuple(pieces[1::2])
    quoted = QuotedPrintablePart.compile(constants, slots)
    based = Base64Part.compile(constants, slots)
    return quoted if quoted.constant_octets <= based.constant_octets else based


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
