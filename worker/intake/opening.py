"""Opening a stranger's message without being hurt by it (standards B-03).

Only multiparts are taken apart. Messages within the message, which could be nested for ever, are kept as the text that
they are, and of them only the headers are read. Nothing is unpacked, nothing attached is looked at.
"""

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser, HeaderParser
from email.policy import compat32

MOST_PARTS = 100
_INNER = re.compile(rb"^(content-type:(?:[ \t]|\r?\n[ \t])*)message/", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(rb"\bboundary\*?[0*]*\s*=", re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_TEXT = "text/x-message-"
_RETURNED = ("text/rfc822-headers", _TEXT + "rfc822", _TEXT + "global", _TEXT + "global-headers")
_STATUS = (_TEXT + "delivery-status", _TEXT + "global-delivery-status")
_FEEDBACK = (_TEXT + "feedback-report",)


class Opened:
    """A message, its parts found by what they are for; `is_whole` says that it was not cut. No part raises."""

    def __init__(self, raw: bytes, *, is_whole: bool = True) -> None:
        self.is_whole = is_whole and len(_BOUNDARY.findall(raw)) <= MOST_PARTS
        raw = raw if self.is_whole else _head(raw)
        self._message: Message = BytesParser(policy=compat32).parsebytes(_INNER.sub(rb"\1text/x-message-", raw))

    def header(self, name: str) -> str:
        """The first header of this name as text, unfolded; empty if there is none."""
        return header_of(self._message, name)

    def headers(self, name: str) -> list[str]:
        """All headers of this name."""
        return [_line(value) for value in self._message.get_all(name, [])]

    @property
    def subject(self) -> str:
        """The subject as a person reads it; as it came where its encoding is broken."""
        written = self.header("Subject")
        try:
            return str(make_header(decode_header(written)))
        except (HeaderParseError, LookupError, ValueError):
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
    def message(self) -> Message:
        """The message as the standard library has it, for libraries that want one."""
        return self._message

    def _first(self, types: tuple[str, ...]) -> str | None:
        return next((_text(part) for part in self._parts() if part.get_content_type() in types), None)

    def _parts(self) -> Iterator[Message]:
        return (part for part in self._message.walk() if not part.is_multipart())


def header_of(message: Message, name: str) -> str:
    """The first header of this name as text, unfolded; empty if there is none."""
    return _line(message.get(name, ""))


def _line(value: object) -> str:
    return " ".join(str(value).split())


def _head(raw: bytes) -> bytes:
    """The headers alone: of what is too long, nobody reads more."""
    found = _HEAD_END.search(raw)
    return raw[: found.start() if found else 0] + b"\r\n\r\n"


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")
