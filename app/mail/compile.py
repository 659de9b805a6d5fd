"""From a rendered mail to the bytes on the wire: encoded once per edition, filled once per recipient.

Filling only joins bytes, and depends on nothing but the recipient's values, so that a second attempt at the same
delivery has the same bytes, Message-ID and Date (RFC 5322 section 3.6.4).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address

from app.dkim_key import DkimKey
from app.mail.dkim import Signer
from app.mail.encoding import EncodedPart, encode_part
from app.mail.personal import PersonalFields, PersonalValues, Recipient, personal_subject
from app.mail.policy import FieldValue, header_lines
from app.mail.templates import Rendered
from app.mail.verp import Verp

__all__ = ["CompiledMessage", "ListHeaders", "Recipient", "Stream", "compile_newsletter", "compile_notice"]


@dataclass(frozen=True, slots=True)
class Stream:
    """Who writes: statements and automatic mails are separate streams, so that one can't spoil the other's name.

    `keys` sign its mails; none if the relay does that. `hears_leaving` says that somebody listens at the envelope
    domain, so that readers may unsubscribe by mail as well (RFC 2369 section 3.2). `echoes` are fields with the key of
    the message that sending services repeat in their reports; they may be taken out on the way, so they aren't signed.
    """

    sender: Address
    reply_to: Address | None
    message_id_domain: str
    envelope_domain: str
    verp: Verp
    keys: tuple[DkimKey, ...] = ()
    hears_leaving: bool = False
    echoes: tuple[str, ...] = ()


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
class _Frame:
    """What stands around the two leaves of multipart/alternative (RFC 2046 section 5.1.4)."""

    opening: bytes
    middle: bytes
    closing: bytes

    @classmethod
    def of(cls, boundary: str, text: EncodedPart, html: EncodedPart) -> "_Frame":
        line = b"--" + boundary.encode()
        return cls(
            line + b"\r\n" + _leaf_fields(b"plain", text),
            b"\r\n" + line + b"\r\n" + _leaf_fields(b"html", html),
            b"\r\n" + line + b"--\r\n",
        )


@dataclass(frozen=True, slots=True)
class CompiledMessage:
    """A message whose constants are already encoded; made by `compile_newsletter` or `compile_notice`."""

    stream: Stream
    personal: PersonalFields
    fields: bytes
    values: PersonalValues
    frame: _Frame
    text: EncodedPart
    html: EncodedPart
    signer: Signer | None

    def addressed(self, recipient: Recipient) -> tuple[str, bytes]:
        """Give the address for MAIL FROM, which names the delivery, so that a bounce does too, and the message.

        Raises Invalid as `fill` does.
        """
        sender = self.stream.verp.sender(recipient.delivery_id, self.stream.envelope_domain)
        return sender, self._filled(recipient, sender)

    def fill(self, recipient: Recipient) -> bytes:
        """Give the complete message for one recipient: CRLF line ends and 7-bit, but for an SMTPUTF8 address in To.

        Raises Invalid for an address, key or URL that can't stand in a header; no other recipient is concerned.
        """
        return self.addressed(recipient)[1]

    def _filled(self, recipient: Recipient, sender: str) -> bytes:
        text_values, html_values = self.values.of(recipient)
        personal = self.personal.of(recipient, self.stream.verp.leaving(sender) if self.stream.hears_leaving else "")
        frame = self.frame
        body = [
            frame.opening,
            *self.text.chunks(text_values),
            frame.middle,
            *self.html.chunks(html_values),
            frame.closing,
        ]
        signatures = self.signer.sign(personal, body, int(recipient.dated.timestamp())) if self.signer else b""
        echoes = "".join([f"{name}: {recipient.message_key}\r\n" for name in self.stream.echoes]).encode()
        return b"".join([signatures, personal, echoes, self.fields, b"\r\n", *body])


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
    rendered: Rendered, stream: Stream, kind: Sequence[tuple[str, FieldValue]], *, one_click: bool
) -> CompiledMessage:
    boundary = _boundary(rendered)
    subject = personal_subject(rendered.subject)
    fields: list[tuple[str, FieldValue]] = [("From", stream.sender)]
    if stream.reply_to is not None:
        fields.append(("Reply-To", stream.reply_to))
    if not subject:
        fields.append(("Subject", rendered.subject))
    fields += [
        *kind,
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    constant = header_lines(fields)
    text, html = encode_part(rendered.text), encode_part(rendered.html)
    personal = PersonalFields(stream.message_id_domain, one_click, subject)
    return CompiledMessage(
        stream=stream,
        personal=personal,
        fields=constant,
        values=PersonalValues.for_slots({*text.slots, *html.slots}),
        frame=_Frame.of(boundary, text, html),
        text=text,
        html=html,
        signer=Signer(stream.keys, constant, personal.names) if stream.keys else None,
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
