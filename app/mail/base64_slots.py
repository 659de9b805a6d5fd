"""Base64 (RFC 2045 section 6.8) of a text with slots.

Base64 works on groups of three octets, so a value's length shifts all that follows it. Each constant is
encoded three times, with none, one or two of its first octets lent to the group that the value before it
leaves open, and filling picks the one that fits.
"""

import re
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

_OCTETS_PER_LINE = 57
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class _Aligned:
    """One constant in one alignment: octets lent to the group before, whole lines, octets left over."""

    lent: bytes
    lines: bytes
    rest: bytes

    @classmethod
    def compile(cls, constant: bytes, lend: int) -> Self:
        whole = max(len(constant) - lend, 0) // 3 * 3
        return cls(constant[:lend], _lines(constant[lend : lend + whole]), constant[lend + whole :])


@dataclass(frozen=True, slots=True)
class Base64Part:
    """A body whose constants are encoded in all three alignments."""

    constants: tuple[tuple[_Aligned, _Aligned, _Aligned], ...]
    slots: tuple[str, ...]

    @property
    def encoding(self) -> str:
        """The value of Content-Transfer-Encoding."""
        return "base64"

    @property
    def constant_octets(self) -> int:
        """How long the body is, to a line, with nothing in its slots."""
        return sum(len(aligned[0].lines) + 4 * bool(aligned[0].rest) for aligned in self.constants)

    @classmethod
    def compile(cls, constants: Sequence[bytes], slots: tuple[str, ...]) -> Self:
        """Encode the constants (bytes with CRLF line ends); there is one more of them than of slots."""
        return cls(
            tuple(
                (_Aligned.compile(text, 0), _Aligned.compile(text, 1), _Aligned.compile(text, 2)) for text in constants
            ),
            slots,
        )

    def fill(self, values: Mapping[str, bytes]) -> bytes:
        """Build the body for one recipient; raises KeyError if a slot has no value."""
        return b"".join(self.chunks(values))

    def chunks(self, values: Mapping[str, bytes]) -> list[bytes]:
        """Build the body for one recipient, in pieces; raises KeyError if a slot has no value."""
        first = self.constants[0][0]
        pieces = [first.lines]
        open_group = first.rest
        for name, alignments in zip(self.slots, self.constants[1:], strict=True):
            data = open_group + _LINE_END.sub(b"\r\n", values[name])
            constant = alignments[-len(data) % 3]
            data += constant.lent
            whole = len(data) // 3 * 3
            pieces += (_lines(data[:whole]), constant.lines)
            open_group = data[whole:] + constant.rest
        pieces.append(b2a_base64(open_group, newline=False))
        return pieces


def _lines(data: bytes) -> bytes:
    """Whole groups as lines of at most 76 characters, each with its line break."""
    if len(data) <= _OCTETS_PER_LINE:
        return b2a_base64(data, newline=False) + b"\r\n" if data else b""
    return b"".join(
        b2a_base64(data[start : start + _OCTETS_PER_LINE], newline=False) + b"\r\n"
        for start in range(0, len(data), _OCTETS_PER_LINE)
    )
