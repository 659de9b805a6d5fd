"""Replies of a mail server (RFC 5321 section 4.2), read from bytes that may be cut anywhere."""

import re

MAXIMUM_TEXT = 1000
_LONGEST_LINE = 4096
_MOST_LINES = 200
_MOST_KNOWN = 16
_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(rb"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")


class Garbage(Exception):
    """The server says what no server may say; nothing more can be understood."""


class Reply:
    """One whole reply. Its words are only decoded if somebody asks: most replies are a mere yes."""

    __slots__ = ("_lines", "code")

    def __init__(self, code: int, lines: tuple[bytes, ...]) -> None:
        self.code = code
        self._lines = lines

    def __str__(self) -> str:
        """Code and words, as the server said them."""
        return f"{self.code} {self.text}".rstrip()

    @property
    def lines(self) -> list[str]:
        """The words of each line, read as UTF-8 as far as they are."""
        return [line.decode("utf-8", "replace") for line in self._lines]

    @property
    def text(self) -> str:
        """The words in one line, at most a thousand characters, and nothing in them that a database can't hold."""
        return " ".join(self.lines)[:MAXIMUM_TEXT].replace("\0", "\ufffd")

    @property
    def enhanced(self) -> str | None:
        """The enhanced status code, only if it agrees with the code (RFC 2034 section 4)."""
        match = _ENHANCED.match(self._lines[-1]) or _ENHANCED.match(self._lines[0])
        return match[1].decode() if match and match[1][0] - 48 == self.code // 100 else None


class ReplyReader:
    """Turns bytes into replies; keeps what is not complete yet."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._code = 0
        self._known: dict[bytes, Reply] = {}

    @property
    def is_between_replies(self) -> bool:
        """Whether everything that came belonged to whole replies."""
        return not self._rest and not self._lines

    def feed(self, data: bytes) -> list[Reply]:
        """Give the replies that these bytes complete; raises Garbage."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            raise Garbage("a reply without an end")
        return [reply for line in lines if (reply := self._known_line(line)) is not None]

    def _known_line(self, line: bytes) -> Reply | None:
        """The reply that this line completes. Most are the same short yes again and again, so those are remembered."""
        if self._lines:
            return self._line(line.rstrip(b"\r"))
        reply = self._known.get(line)
        if reply is None:
            reply = self._line(line.rstrip(b"\r"))
            if reply is not None and reply.code < 400 and len(self._known) < _MOST_KNOWN:
                self._known[line] = reply
        return reply

    def _line(self, line: bytes) -> Reply | None:
        match = _LINE.fullmatch(line)
        code = int(match[1]) if match else 0
        if match is None or (self._lines and code != self._code) or len(self._lines) > _MOST_LINES:
            raise Garbage(f"not a reply: {line[:100].decode('utf-8', 'replace')}")
        self._lines.append(match[3] or b"")
        if match[2] == b"-":
            self._code = code
            return None
        reply = Reply(code, tuple(self._lines))
        self._lines = []
        return reply
