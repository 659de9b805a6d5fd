"""Quoted-printable (RFC 2045 section 6.7) of a text with slots.

Around each slot stands a soft line break, so that a value always begins a line and can't make its
neighbours' lines too long. An equals sign in a value is quoted like any other byte, so a value can't end its
slot; and a boundary that holds "=_" can't occur in a body at all. Tabulators and all but the first of several blanks
are quoted too, because DKIM's relaxed form drops them (RFC 6376 section 3.4.4): so a body is its own canonical form.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

LINE = 76
_SOFT = b"=\r\n"
_QUOTE = re.compile(rb"[^\x20-\x3c\x3e-\x7e]|(?<= ) ")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_PLAIN = re.compile(rb"[A-Za-z0-9_~/:?&;%+,@-][A-Za-z0-9._~/:?&;%+,@-]*")
_HEX = [b"=%02X" % byte for byte in range(256)]


@dataclass(frozen=True, slots=True)
class QuotedPrintablePart:
    """A body whose constants are quoted; `tails` says what follows each slot's value if it isn't empty."""

    constants: tuple[bytes, ...]
    slots: tuple[str, ...]
    tails: tuple[bytes, ...]

    @property
    def encoding(self) -> str:
        """The value of Content-Transfer-Encoding."""
        return "quoted-printable"

    @property
    def constant_octets(self) -> int:
        """How long the body is with nothing in its slots."""
        return sum(map(len, self.constants))

    @classmethod
    def compile(cls, constants: Sequence[bytes], slots: tuple[str, ...]) -> Self:
        """Quote the constants (bytes with CRLF line ends); there is one more of them than of slots."""
        last = len(constants) - 1
        encoded = tuple(_quote(text, soft_end=place < last) for place, text in enumerate(constants))
        tails = tuple(
            b"" if following.startswith(b"\r\n") or (place == last and not following) else _SOFT
            for place, following in enumerate(constants[1:], start=1)
        )
        return cls(encoded, slots, tails)

    def fill(self, values: Mapping[str, bytes]) -> bytes:
        """Build the body for one recipient; raises KeyError if a slot has no value."""
        return b"".join(self.chunks(values))

    def chunks(self, values: Mapping[str, bytes]) -> list[bytes]:
        """Build the body for one recipient, in pieces; raises KeyError if a slot has no value."""
        constants = self.constants
        pieces = [constants[0]]
        for place, (name, tail) in enumerate(zip(self.slots, self.tails, strict=True), start=1):
            value = values[name]
            if value:
                pieces += (_quote_value(value), tail, constants[place])
            else:
                pieces.append(constants[place])
        return pieces


@lru_cache(maxsize=1024)
def _quote_value(value: bytes) -> bytes:
    """Quote a slot's value: only cut into lines when it is a URL or a number, else quoted in full.

    Remembered, because a link stands in several places of a mail, and many readers have the same name.
    """
    if _PLAIN.fullmatch(value):
        if len(value) < LINE:
            return value
        lines = _SOFT.join([value[start : start + LINE - 1] for start in range(0, len(value), LINE - 1)])
        if b"\n." not in lines:
            return lines
    return _quote(_LINE_END.sub(b"\r\n", value), soft_end=False, width=LINE - 1)


def _quote(text: bytes, *, soft_end: bool, width: int = LINE) -> bytes:
    """Quote whole lines; `soft_end` closes an unfinished last line softly, `width` limits the others."""
    lines = text.split(b"\r\n")
    out = [_quote_line(line, width) for line in lines[:-1]]
    last = lines[-1]
    if not soft_end:
        out.append(_quote_line(last, width))
    elif last:
        out.append(_wrap(_QUOTE.sub(_hex, last), LINE - 1) + _SOFT)
    else:
        out.append(b"")
    return b"\r\n".join(out)


def _quote_line(line: bytes, width: int) -> bytes:
    """Quote a line that a hard break or the text's end follows: a blank at its end would be lost (rule 3)."""
    quoted = _QUOTE.sub(_hex, line)
    if quoted.endswith(b" "):
        quoted = quoted[:-1] + _HEX[quoted[-1]]
    return _wrap(quoted, width)


def _wrap(quoted: bytes, width: int) -> bytes:
    """Break a quoted line softly: no piece over 76 octets with its equals sign, the last not over `width`."""
    pieces = []
    at = 0
    while True:
        lead = _guard(quoted, at)
        at += 1 if lead else 0
        if len(lead) + len(quoted) - at <= width:
            pieces.append(lead + quoted[at:])
            return _SOFT.join(pieces)
        cut = at + LINE - 1 - len(lead)
        triplet = quoted.rfind(b"=", cut - 2, cut)
        cut = triplet if triplet > at else cut
        pieces.append(lead + quoted[at:cut])
        at = cut


def _guard(quoted: bytes, at: int) -> bytes:
    """Quote the character at the start of a line if it must not stand there as it is, else give nothing."""
    if quoted.startswith((b".", b"From "), at):
        return _HEX[quoted[at]]
    return b""


def _hex(match: re.Match[bytes]) -> bytes:
    return _HEX[match[0][0]]
