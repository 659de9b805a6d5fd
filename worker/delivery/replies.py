"""Replies of a mail server (RFC 5321 section 4.2), read from bytes that may be cut anywhere."""

import re
from dataclasses import dataclass

MAXIMUM_TEXT = 1000
_LONGEST_LINE = 4096
_MOST_LINES = 200
_LINE = re.compile(rb"([2-5][0-9]{2})([ -]?)(.*)", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")


class Garbage(Exception):
    """The server says what no server may say; nothing more can be understood."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole reply, its lines joined by spaces; `enhanced` only if it agrees with the code (RFC 2034 section 4)."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The words, at most a thousand characters."""
        return " ".join(self.lines)[:MAXIMUM_TEXT]

    @property
    def enhanced(self) -> str | None:
        """The enhanced status code."""
        match = _ENHANCED.match(self.lines[-1]) or _ENHANCED.match(self.lines[0])
        return match[1] if match and match[1][0] == str(self.code)[0] else None


class ReplyReader:
    """Turns bytes into replies; keeps what is not complete yet."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[str] = []
        self._code: int | None = None

    def feed(self, data: bytes) -> list[Reply]:
        """Give the replies that these bytes complete; raises Garbage."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            raise Garbage("a reply without an end")
        return [reply for line in lines if (reply := self._line(line.rstrip(b"\r"))) is not None]

    def _line(self, line: bytes) -> Reply | None:
        match = _LINE.fullmatch(line)
        code = int(match[1]) if match else 0
        if match is None or (self._code is not None and code != self._code) or len(self._lines) > _MOST_LINES:
            raise Garbage(f"not a reply: {line[:100].decode('utf-8', 'replace')}")
        self._code = code
        self._lines.append(match[3].decode("utf-8", "replace"))
        if match[2] == b"-":
            return None
        reply = Reply(code, tuple(self._lines))
        self._lines, self._code = [], None
        return reply
