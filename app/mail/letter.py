"""A finished message, taken apart for the checks: header fields, MIME parts, the page.

Reading never fails: what can't be understood is left empty, and the checks say so.
"""

import binascii
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Literal

from app.mail.encoded_words import decode_words
from app.mail.page import Page, read_page

Kind = Literal["statement", "transactional"]
_LINE_END = re.compile(rb"\r\n|\r|\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n|\r\r")
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\";\s]+)", re.IGNORECASE)
_LIST_URL = re.compile(r"<(https?://[^<>\s]+)>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the message must be: its kind, and the words that have to stand in it (None: don't check)."""

    kind: Kind
    postal_address: str | None = None
    organisation: str | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One MIME leaf; `body` is encoded, `content` decoded, `parameters` what follows the type."""

    type: str
    parameters: str
    encoding: str
    attached: bool
    body: bytes
    content: bytes

    @property
    def charset(self) -> str | None:
        """The charset parameter, in lower case."""
        match = _CHARSET.search(self.parameters)
        return match[1].lower() if match else None

    @property
    def text(self) -> str:
        """The content as UTF-8, line ends as LF."""
        return self.content.decode("utf-8", "replace").replace("\r\n", "\n")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as the checks see it; `shape` is its tree of MIME types in short, e.g. "alternative(plain,html)"."""

    raw: bytes
    head: bytes
    fields: tuple[tuple[str, str], ...]
    shape: str
    parts: tuple[Part, ...]
    page: Page
    terms: Terms

    def values(self, name: str) -> list[str]:
        """Give the unfolded values of a field, by its lower-case name."""
        return [value for field, value in self.fields if field == name]

    def value(self, name: str) -> str:
        """Give the first value of a field, or an empty text."""
        return next(iter(self.values(name)), "")

    @property
    def subject(self) -> str:
        """The decoded subject, its spaces collapsed."""
        return " ".join(decode_words(self.value("subject"))[0].split())

    @property
    def text(self) -> str:
        """The plain text part's text, or an empty one."""
        return next((part.text for part in self.parts if part.type == "text/plain" and not part.attached), "")

    @property
    def html(self) -> Part | None:
        """The HTML part."""
        return _html(self.parts)

    @property
    def unsubscribe_urls(self) -> list[str]:
        """The web addresses of List-Unsubscribe."""
        return _LIST_URL.findall(self.value("list-unsubscribe"))


def read_letter(raw: bytes, terms: Terms) -> Letter:
    """Take a message apart; any bytes will do."""
    end = _HEAD_END.search(raw)
    head = raw[: end.start()] if end else raw
    try:
        root = message_from_bytes(raw)
        shape, parts = _shape(root), tuple(_part(leaf) for leaf in root.walk() if not leaf.is_multipart())
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        shape, parts = "", ()
    html = _html(parts)
    return Letter(raw, head, _fields(head), shape, parts, read_page(html.text if html else ""), terms)


def _html(parts: tuple[Part, ...]) -> Part | None:
    return next((part for part in parts if part.type == "text/html" and not part.attached), None)


def _fields(head: bytes) -> tuple[tuple[str, str], ...]:
    """Unfold the header section (RFC 5322 section 2.2.3); a line without a colon becomes a field without a name."""
    fields: list[tuple[str, str]] = []
    for line in _LINE_END.split(head):
        text = line.decode("utf-8", "replace")
        if text[:1] in (" ", "\t") and fields:
            name, value = fields.pop()
            fields.append((name, value + text))
        else:
            name, colon, value = text.partition(":")
            fields.append((name.lower(), value.lstrip(" ")) if colon else ("", text))
    return tuple((name, value.rstrip()) for name, value in fields)


def _shape(message: Message) -> str:
    kind = message.get_content_type().removeprefix("text/").removeprefix("multipart/")
    payload = message.get_payload()
    if isinstance(payload, list):
        return f"{kind}({','.join(_shape(child) for child in payload if isinstance(child, Message))})"
    return kind


def _part(leaf: Message) -> Part:
    payload = leaf.get_payload()
    body = payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""
    encoding = str(leaf.get("Content-Transfer-Encoding", "")).strip().lower()
    disposition = str(leaf.get("Content-Disposition", "")).lower()
    attached = "attachment" in disposition or "filename" in disposition
    parameters = str(leaf.get("Content-Type", ""))
    return Part(leaf.get_content_type(), parameters, encoding, attached, body, _decoded(body, encoding))


def _decoded(body: bytes, encoding: str) -> bytes:
    try:
        if encoding == "base64":
            return binascii.a2b_base64(body)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(body)
    except binascii.Error:
        return b""
    return body
