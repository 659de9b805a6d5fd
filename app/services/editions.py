"""From a statement to what is sent: rendered once per campaign, compiled once per process, filled per recipient."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from email.headerregistry import Address
from typing import Protocol

from app.dkim_key import DkimKey
from app.links import Links
from app.mail.address import EmailAddress
from app.mail.branding import Branding
from app.mail.compile import CompiledMessage, ListHeaders, Recipient, Stream, compile_newsletter
from app.mail.letter import Kind
from app.mail.lint import lint_message
from app.mail.merge_fields import LONGEST_VALUE
from app.mail.newsletter import Picture, StatementView, render_newsletter
from app.mail.problems import Problem
from app.mail.templates import Rendered
from app.mail.verp import Verp
from app.models import Campaign, Edition, Statement
from app.settings import Settings, mailbox

_WORST_ID = 2**53
_LONGEST_NAME = "W" * LONGEST_VALUE


@dataclass(frozen=True, slots=True)
class Press:
    """What turns statements into mail: the settings, and the links, words and return paths that follow from them."""

    settings: Settings
    links: Links
    branding: Branding
    verp: Verp

    @classmethod
    def from_settings(cls, settings: Settings) -> "Press":
        """Set up the press of an installation."""
        links = Links.from_settings(settings)
        return cls(settings, links, Branding.from_settings(settings), Verp(settings.signing_keys))

    def keys_for(self, sender_domain: str) -> tuple[DkimKey, ...]:
        """The DKIM keys that may sign for this domain of From."""
        return tuple(key for key in self.settings.dkim if key.speaks_for(sender_domain))


def view_of(statement: Statement, links: Links) -> StatementView:
    """The statement as a mail or a page shows it."""
    image = statement.image
    picture = (
        Picture(links.image(str(image.id)), statement.image_alt, image.width, image.height)
        if image is not None
        else None
    )
    return StatementView(
        title=statement.title,
        standfirst=statement.standfirst,
        issued_on=statement.issued_on,
        body=statement.body,
        signatory_name=statement.signatory_name,
        signatory_role=statement.signatory_role,
        contact_name=statement.contact_name,
        contact_role=statement.contact_role,
        contact_email=statement.contact_email,
        contact_phone=statement.contact_phone,
        language=statement.language,
        picture=picture,
        url=links.statement(statement.slug),
        topics=tuple(topic.name for topic in statement.topics),
    )


def render(press: Press, statement: Statement, subject: str = "", preheader: str = "") -> Rendered:
    """The newsletter of a statement, its slots open."""
    view = view_of(statement, press.links)
    return render_newsletter(view, press.branding, press.links, subject=subject, preheader=preheader)


def compile_edition(press: Press, campaign: Campaign, edition: Edition) -> CompiledMessage:
    """The edition's constant bytes, ready to be filled for any number of recipients."""
    rendered = Rendered(subject=edition.subject, preheader="", html=edition.html, text=edition.text)
    return compile_newsletter(rendered, statements_stream(press), list_headers(press, campaign))


def statements_stream(press: Press) -> Stream:
    """The sender of statements; answers go to somebody who reads them."""
    settings = press.settings
    return Stream(
        sender=mailbox(settings.statements_from),
        reply_to=Address(addr_spec=settings.reply_to or settings.contact_email),
        message_id_domain=settings.sender_domain,
        envelope_domain=settings.envelope_domain,
        verp=press.verp,
        keys=press.keys_for(settings.sender_domain),
    )


def list_headers(press: Press, campaign: Campaign) -> ListHeaders:
    """The list of a campaign is its first topic (RFC 2919: the label never changes)."""
    topic = campaign.topics[0]
    settings, links = press.settings, press.links
    return ListHeaders(
        list_id=f"{topic.name} <{topic.list_label}.{settings.list_namespace}>",
        help_url=links.help(),
        subscribe_url=links.subscribe(),
        owner=f"mailto:{settings.contact_email}",
        archive_url=links.archive(),
        feedback_id=f"{campaign.id}:{topic.list_label}:statement:{settings.feedback_id}",
    )


class Addressee(Protocol):
    """A claimed row of the ledger, as far as the message depends on it."""

    @property
    def delivery_id(self) -> int:
        """The row's key."""

    @property
    def subscriber_id(self) -> int:
        """Whose links it carries."""

    @property
    def address(self) -> EmailAddress:
        """Where it goes."""

    @property
    def message_key(self) -> str:
        """The local part of Message-ID."""

    @property
    def dated(self) -> datetime:
        """The mail's date."""

    @property
    def first_name(self) -> str:
        """The reader's first name, or nothing."""

    @property
    def last_name(self) -> str:
        """The reader's last name, or nothing."""


def recipient_of(press: Press, campaign_id: int, row: Addressee) -> Recipient:
    """What is filled in for one person."""
    return Recipient(
        row.delivery_id,
        row.address,
        row.message_key,
        row.dated,
        press.links.unsubscribe(row.subscriber_id, campaign_id),
        press.links.preferences(row.subscriber_id, at=row.dated),
        row.first_name,
        row.last_name,
    )


def sample(press: Press, campaign: Campaign, edition: Edition) -> bytes:
    """The message as the worst-case recipient would get it: the longest address, names and links."""
    address = EmailAddress.parse(f"{'w' * 60}@{'long-name.' * 12}example.org")
    nobody = _nobody(press, campaign)
    longest = replace(nobody, address=address, first_name=_LONGEST_NAME, last_name=_LONGEST_NAME)
    return compile_edition(press, campaign, edition).fill(longest)


def nameless_sample(press: Press, campaign: Campaign, edition: Edition) -> bytes:
    """The message as a reader gets it who gave no name; its links are as long as they can be."""
    return compile_edition(press, campaign, edition).fill(_nobody(press, campaign))


def _nobody(press: Press, campaign: Campaign) -> Recipient:
    noon = datetime.combine(campaign.statement.issued_on, time(12), tzinfo=UTC)
    return Recipient(
        _WORST_ID,
        EmailAddress.parse("reader@example.org"),
        "f" * 32,
        noon,
        press.links.unsubscribe(_WORST_ID, _WORST_ID),
        press.links.preferences(_WORST_ID, at=noon),
    )


def check(press: Press, raw: bytes, kind: Kind = "statement") -> list[Problem]:
    """What is wrong with a finished mail, by the one list of rules; this installation's imprint must stand in it."""
    settings = press.settings
    return lint_message(
        raw,
        kind=kind,
        postal_address=settings.postal_address,
        organisation=settings.organisation,
        contact=settings.contact_email,
    )
