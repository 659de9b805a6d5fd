"""Opening a stranger's message without being hurt by it (standards B-03).

Only multiparts are taken apart. Messages within the message, which could be nested for ever, are kept as the text that
they are, and of them only the headers are read. Nothing is unpacked, nothing attached is looked at.
"""

import re
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser, HeaderParser
from email.policy import compat32

from app.services.mailroom import MOST_OCTETS, head_of

MOST_PARTS, MOST_LINES = 20, 50_000
_LONGEST_TYPE = 2000
_LONGEST_SUBJECT = 1000
_BEGINNING = 32_000
_INNER = re.compile(rb"^(content-type:(?:[ \t]|\r?\n[ \t])*)message/", re.IGNORECASE | re.MULTILINE)
_TYPE = re.compile(rb"^content-type:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(rb"\bboundary\*?[0*]*\s*=", re.IGNORECASE)
_NEVER_UNPACKED = ("x-uuencode", "uuencode", "uue", "x-uue")
_NO_CHARSETS = ("punycode", "idna")
_TEXT = "text/x-message-"
_RETURNED = ("text/rfc822-headers", _TEXT + "rfc822", _TEXT + "global", _TEXT + "global-headers")
_STATUS = (_TEXT + "delivery-status", _TEXT + "global-delivery-status")
_FEEDBACK = (_TEXT + "feedback-report",)


class Opened:
    """A message, its parts found by what they are for; `is_whole` says that it was not cut. No part raises."""

    def __init__(self, raw: bytes, *, is_whole: bool = True) -> None:
        self.is_whole = is_whole and _is_bearable(raw)
        self._raw = _disarmed(raw if self.is_whole else head_of(raw))
        self._message = _parsed(self._raw)

    def header(self, name: str) -> str:
        """The first header of this name as text, unfolded; empty if there is none."""
        return header_of(self._message, name)

    def headers(self, name: str) -> list[str]:
        """All headers of this name."""
        return [_line(value) for value in self._message.get_all(name, [])]

    @property
    def subject(self) -> str:
        """The subject as a person reads it; as it came where its encoding is broken."""
        written = self.header("Subject")[:_LONGEST_SUBJECT]
        try:
            return str(make_header(decode_header(written)))
        except (MessageError, LookupError, ValueError):
            return written

    @property
    def report_type(self) -> str:
        """What kind of multipart/report it is (RFC 6522 section 2), in small letters; empty if it is none."""
        if self._message.get_content_type() != "multipart/report":
            return ""
        return str(self._message.get_param("report-type") or "").lower()

    @property
    def status(self) -> str | None:
        """The machine-readable part of a delivery report (RFC 3464 section 2), wherever it stands."""
        return self._first(_STATUS)

    @property
    def feedback(self) -> str | None:
        """The machine-readable part of a feedback report (RFC 5965 section 3)."""
        return self._first(_FEEDBACK)

    @property
    def returned(self) -> Message | None:
        """The headers of our own message, as far as they came back."""
        text = self._first(_RETURNED)
        return None if text is None else HeaderParser(policy=compat32).parsestr(text)

    @property
    def words(self) -> str:
        """All that a person would read, plain text only."""
        return "\n".join(_text(part) for part in self._parts() if part.get_content_type() == "text/plain")

    @property
    def beginning(self) -> Message:
        """The message as the standard library has it, for libraries that want one: as much as a bounce can need."""
        return _parsed(self._raw[:_BEGINNING])

    def _first(self, types: tuple[str, ...]) -> str | None:
        return next((_text(part) for part in self._parts() if part.get_content_type() in types), None)

    def _parts(self) -> Iterator[Message]:
        return (part for part in self._message.walk() if not part.is_multipart())


def header_of(message: Message, name: str) -> str:
    """The first header of this name as text, unfolded; empty if there is none."""
    return _line(message.get(name, ""))


def _line(value: object) -> str:
    return " ".join(str(value).split())


def _is_bearable(raw: bytes) -> bool:
    return len(raw) <= MOST_OCTETS and raw.count(b"\n") <= MOST_LINES and len(_BOUNDARY.findall(raw)) <= MOST_PARTS


def _parsed(raw: bytes) -> Message:
    return BytesParser(policy=compat32).parsebytes(raw)


def _disarmed(raw: bytes) -> bytes:
    """Messages within the message are text from here on. A type too long to be one is none: reading it takes ages."""

    def shortened(found: re.Match[bytes]) -> bytes:
        return found[0] if len(found[0]) <= _LONGEST_TYPE else b"Content-Type: application/octet-stream"

    return _INNER.sub(rb"\1text/x-message-", _TYPE.sub(shortened, raw))


def _text(part: Message) -> str:
    if header_of(part, "Content-Transfer-Encoding").lower() in _NEVER_UNPACKED:
        return ""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    try:
        return payload.decode("utf-8" if charset in _NO_CHARSETS else charset, "replace")
    except (LookupError, UnicodeError):
        return payload.decode("utf-8", "replace")
