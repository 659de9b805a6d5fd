"""From a rendered mail to the bytes on the wire: encoded once per edition, filled once per recipient.

Filling only joins bytes, and depends on nothing but the recipient's values, so that a second attempt at the same
delivery has the same bytes, Message-ID and Date (RFC 5322 section 3.6.4).
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.utils import format_datetime
from html import escape

from app.errors import Invalid, Problem
from app.mail.address import EmailAddress
from app.mail.encoding import EncodedPart, encode_part
from app.mail.policy import FieldValue, header_lines
from app.mail.templates import Rendered

_URL = re.compile(r"https?://[!-;=?-~]{1,900}")
_KEY = re.compile(r"[0-9A-Za-z]{16,64}")
_NOT_IN_ADDRESS = re.compile(r'[\x00-\x20\x7f-\x9f<>()\[\]:;,\\"]')


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person's copy; `message_key` and `dated` are fixed with the delivery. Notices need no URLs here."""

    delivery_id: int
    address: EmailAddress
    message_key: str
    dated: datetime
    unsubscribe_url: str = ""
    preferences_url: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """Who writes: statements and automatic mails are separate streams, so that one can't spoil the other's name."""

    sender: Address
    reply_to: Address | None
    message_id_domain: str
    envelope_domain: str


@dataclass(frozen=True, slots=True)
class ListHeaders:
    """What programs learn about the list (RFC 2369, RFC 2919).

    `list_id` is a name and an identifier: "Statements <statements.list-id.example.org>"; `owner` a mailto URL;
    `feedback_id` four fields as Gmail wants them: "campaign:kind:topic:sender".
    """

    list_id: str
    help_url: str
    subscribe_url: str
    owner: str
    archive_url: str
    feedback_id: str


@dataclass(frozen=True, slots=True)
class CompiledMessage:
    """A message whose constants are already encoded; made by `compile_newsletter` or `compile_notice`."""

    stream: Stream
    fields: bytes
    one_click: bool
    boundary: bytes
    text: EncodedPart
    html: EncodedPart

    def fill(self, recipient: Recipient) -> bytes:
        """Give the complete message for one recipient: CRLF line ends and 7-bit, but for an SMTPUTF8 address in To.

        Raises Invalid for an address, key or URL that can't stand in a header.
        """
        text_values, html_values = self._values(recipient)
        return b"".join(
            [
                self._personal_fields(recipient),
                self.fields,
                b"\r\n--%b\r\n" % self.boundary,
                _leaf_fields(b"plain", self.text),
                *self.text.chunks(text_values),
                b"\r\n--%b\r\n" % self.boundary,
                _leaf_fields(b"html", self.html),
                *self.html.chunks(html_values),
                b"\r\n--%b--\r\n" % self.boundary,
            ]
        )

    def envelope_sender(self, recipient: Recipient) -> str:
        """Give the address for MAIL FROM, which names the delivery, so that a bounce does too."""
        return f"bounces+{recipient.delivery_id}@{self.stream.envelope_domain}"

    def _personal_fields(self, recipient: Recipient) -> bytes:
        address = recipient.address.wire
        if _NOT_IN_ADDRESS.search(address):
            raise Invalid(Problem("The recipient's address can't stand in a header.", field="To"))
        if not _KEY.fullmatch(recipient.message_key):
            raise Invalid(Problem("A message key is 16 to 64 letters and digits.", field="Message-ID"))
        lines = (
            f"Date: {format_datetime(recipient.dated.astimezone(UTC))}\r\n"
            f"To: {address}\r\n"
            f"Message-ID: <{recipient.message_key}@{self.stream.message_id_domain}>\r\n"
        )
        if self.one_click:
            lines += f"List-Unsubscribe: <{_checked(recipient.unsubscribe_url, 'List-Unsubscribe')}>\r\n"
        return lines.encode()

    def _values(self, recipient: Recipient) -> tuple[Mapping[str, bytes], Mapping[str, bytes]]:
        if not self.text.slots and not self.html.slots:
            return {}, {}
        urls = {
            "unsubscribe_url": _checked(recipient.unsubscribe_url, "unsubscribe_url"),
            "preferences_url": _checked(recipient.preferences_url, "preferences_url"),
        }
        return (
            {name: url.encode() for name, url in urls.items()},
            {name: escape(url).encode() for name, url in urls.items()},
        )


def compile_newsletter(rendered: Rendered, stream: Stream, list_headers: ListHeaders) -> CompiledMessage:
    """Compile a statement: bulk mail with one-click unsubscribing (RFC 8058) and the list fields.

    Raises Invalid, with the field's name, for a subject, name or address that can't stand in a header.
    """
    return _compile(
        rendered,
        stream,
        [
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("List-Id", list_headers.list_id),
            ("List-Help", f"<{list_headers.help_url}>"),
            ("List-Subscribe", f"<{list_headers.subscribe_url}>"),
            ("List-Owner", f"<{list_headers.owner}>"),
            ("List-Archive", f"<{list_headers.archive_url}>"),
            ("List-Post", "NO"),
            ("Precedence", "bulk"),
            ("X-Auto-Response-Suppress", "OOF, AutoReply"),
            ("Feedback-ID", list_headers.feedback_id),
        ],
        one_click=True,
    )


def compile_notice(rendered: Rendered, stream: Stream) -> CompiledMessage:
    """Compile an automatic mail, which says that it is one (RFC 3834 section 5); raises Invalid as above."""
    kind: list[tuple[str, FieldValue]] = [
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
    ]
    return _compile(rendered, stream, kind, one_click=False)


def _compile(
    rendered: Rendered, stream: Stream, kind: list[tuple[str, FieldValue]], *, one_click: bool
) -> CompiledMessage:
    boundary = _boundary(rendered)
    fields: list[tuple[str, FieldValue]] = [("From", stream.sender)]
    if stream.reply_to is not None:
        fields.append(("Reply-To", stream.reply_to))
    fields += [
        ("Subject", rendered.subject),
        *kind,
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    return CompiledMessage(
        stream=stream,
        fields=header_lines(fields),
        one_click=one_click,
        boundary=boundary.encode(),
        text=encode_part(rendered.text),
        html=encode_part(rendered.html),
    )


def _boundary(rendered: Rendered) -> str:
    """The same for the same words; with its "=_" it can't occur in either transfer encoding (RFC 2045 section 6.7)."""
    digest = hashlib.sha256("\0".join((rendered.subject, rendered.text, rendered.html)).encode("utf-8", "replace"))
    return f"=_{digest.hexdigest()[:20]}"


def _leaf_fields(subtype: bytes, part: EncodedPart) -> bytes:
    return b"Content-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: %b\r\n\r\n" % (
        subtype,
        part.encoding.encode(),
    )


def _checked(url: str, field: str) -> str:
    if not _URL.fullmatch(url):
        raise Invalid(Problem("A web address in plain ASCII is needed here.", field=field))
    return url
