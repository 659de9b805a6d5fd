"""From a statement to what is sent: rendered once per campaign, compiled once per process, filled per recipient."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from email.headerregistry import Address
from typing import Protocol

from app.errors import Invalid
from app.errors import Problem as FieldProblem
from app.links import Links
from app.mail.address import EmailAddress
from app.mail.compile import CompiledMessage, ListHeaders, Recipient, Stream, compile_newsletter
from app.mail.language import Language
from app.mail.letter import Kind
from app.mail.lint import lint_message
from app.mail.merge_fields import LONGEST_VALUE
from app.mail.newsletter import Lines, Picture, StatementView, render_newsletter
from app.mail.problems import Problem
from app.mail.templates import Rendered
from app.models import Campaign, Edition, Topic
from app.services import languages
from app.services.languages import StatementText
from app.services.press import Press
from app.services.topics import name_in
from app.settings import mailbox

__all__ = [
    "Addressee",
    "Press",
    "Reader",
    "check",
    "compile_edition",
    "copy_for",
    "edition_of",
    "lines_of",
    "list_headers",
    "nameless_sample",
    "problems_in",
    "recipient_of",
    "render",
    "render_all",
    "render_in",
    "sample",
    "statements_stream",
    "view_of",
]

_WORST_ID = 2**53
_LONGEST_NAME = "W" * LONGEST_VALUE


def view_of(text: StatementText, links: Links) -> StatementView:
    """The statement as the mail in this language shows it."""
    image, picture = text.image, None
    if image is not None:
        alt = "" if text.image_is_decorative else text.image_alt
        picture = Picture(links.image(str(image.id)), alt, image.width, image.height)
    return StatementView(
        title=text.title,
        standfirst=text.standfirst,
        easy_summary=text.easy_summary,
        issued_on=text.issued_on,
        body=text.body,
        signatory_name=text.signatory_name,
        signatory_role=text.signatory_role,
        contact_name=text.contact_name,
        contact_role=text.contact_role,
        contact_email=text.contact_email,
        contact_phone=text.contact_phone,
        language=text.language,
        picture=picture,
        url=links.statement(text.slug, text.path_language or ""),
        topics=tuple(name_in(topic, text.language) for topic in text.topics),
    )


def render(press: Press, text: StatementText, lines: Lines | None = None) -> Rendered:
    """The newsletter of a statement in one language, its slots open; raises Invalid as `render_newsletter` does."""
    return render_newsletter(view_of(text, press.links), press.branding_in(text.language), press.links, lines)


def lines_of(campaign: Campaign, text: StatementText) -> Lines:
    """What the campaign adds to its statement in this language.

    Subject and preheader are written in the language of the original; in others title and standfirst stand for them.
    """
    of_original = (campaign.subject, campaign.preheader) if text.is_original else ("", "")
    return Lines(*of_original, intro=campaign.intro or "", intro_language=campaign.statement.language)


def render_in(press: Press, campaign: Campaign, text: StatementText) -> Edition:
    """What the campaign sends in this language, as an edition that is not kept; raises Invalid as above."""
    return edition_of(press, text.language, render(press, text, lines_of(campaign, text)))


def edition_of(press: Press, language: str, rendered: Rendered) -> Edition:
    """What was rendered, with the sender as it is now: staff may change the settings after it is frozen."""
    settings = press.settings
    return Edition(
        language=language,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        sender=settings.statements_from,
        reply_to=settings.reply_to or settings.contact_email,
    )


def render_all(press: Press, campaign: Campaign) -> list[Edition]:
    """What the campaign sends in each language of its statement, the original first; nothing is kept.

    Raises Invalid, and says in which language if there are several.
    """
    made, refused = [], []
    for text in languages.versions(campaign.statement):
        try:
            made.append(render_in(press, campaign, text))
        except Invalid as error:
            refused += [_said_of(text, problem) for problem in error.problems if not _is_said(text, problem)]
    if refused:
        raise Invalid(*refused)
    return made


def _is_said(text: StatementText, problem: FieldProblem) -> bool:
    """The intro is the same in all languages; what is wrong with it is said once."""
    return not text.is_original and problem.field == "intro"


def _said_of(text: StatementText, problem: FieldProblem) -> FieldProblem:
    if text.is_original:
        return problem
    return replace(problem, message=f"{Language.of(text.language).name}: {problem.message}")


def compile_edition(press: Press, campaign: Campaign, edition: Edition) -> CompiledMessage:
    """The edition's constant bytes, ready to be filled for any number of recipients."""
    rendered = Rendered(subject=edition.subject, preheader="", html=edition.html, text=edition.text)
    return compile_newsletter(rendered, statements_stream(press, edition), list_headers(press, campaign))


def statements_stream(press: Press, edition: Edition | None = None) -> Stream:
    """The sender of statements, that of an edition as it was frozen; answers go to somebody who reads them."""
    settings = press.settings
    sender, reply_to = (edition.sender, edition.reply_to) if edition is not None else ("", "")
    return Stream(
        sender=mailbox(sender or settings.statements_from),
        reply_to=Address(addr_spec=reply_to or settings.reply_to or settings.contact_email),
        message_id_domain=settings.sender_domain,
        envelope_domain=settings.envelope_domain,
        verp=press.verp,
        keys=press.keys_for(settings.sender_domain),
        hears_leaving=settings.hears_answers,
        echoes=press.echoes,
    )


def list_headers(press: Press, campaign: Campaign) -> ListHeaders:
    """The list of a campaign is its oldest topic, however they are ordered (RFC 2919: a label never changes).

    Previews need none.
    """
    nothing = Topic(name=press.settings.organisation, list_label="preview")
    topic = min(campaign.topics, key=lambda one: one.id, default=nothing)
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


@dataclass(frozen=True, slots=True)
class Reader:
    """A subscriber as whom somebody else looks at a mail."""

    address: str
    first_name: str = ""
    last_name: str = ""
    language: str = ""


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


def copy_for(press: Press, campaign: Campaign, edition: Edition, reader: Reader) -> bytes:
    """The message with this reader's names and address, for somebody else to look at: its own links lead nowhere."""
    recipient = replace(
        _nobody(press, campaign),
        address=EmailAddress.parse(reader.address),
        first_name=reader.first_name,
        last_name=reader.last_name,
    )
    return compile_edition(press, campaign, edition).fill(recipient)


def problems_in(press: Press, campaign: Campaign, editions: Sequence[Edition]) -> list[Problem]:
    """What is wrong with any of a campaign's editions, with the longest names and addresses."""
    found = {edition.language: check(press, sample(press, campaign, edition)) for edition in editions}
    if len(editions) == 1:
        return found[editions[0].language]
    return [
        replace(problem, message=f"{Language.of(language).name}: {problem.message}")
        for language, problems in found.items()
        for problem in problems
    ]


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
