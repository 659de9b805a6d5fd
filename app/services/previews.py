"""What staff look at before they send: the finished mail in one language, and what the rules say about it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Invalid, NotFound
from app.mail.address import EmailAddress
from app.mail.language import one_line
from app.mail.lint import errors
from app.mail.merge_fields import has_merge_fields
from app.mail.newsletter import Lines
from app.mail.problems import Problem
from app.models import Campaign, Edition, Statement, Subscriber
from app.services import editions, languages
from app.services.editions import Press, Reader
from app.services.languages import StatementText

_WORST_ID = 2**53
_MOST_NAMED = 5
_PREHEADER = re.compile(r'<div class="preheader"[^>]*>([^<]*)</div>')


@dataclass(frozen=True, slots=True)
class Preview:
    """One copy of the mail, its own links dead, made for nobody or for a reader whom somebody chose.

    `source` is the message as it goes to the mail server, `size` its length in bytes. Where it is `personal` and made
    for nobody, it is shown as readers get it who gave no name.
    """

    language: str
    subject: str
    preheader: str
    html: str
    text: str
    source: str
    size: int
    personal: bool
    findings: Sequence[Problem]

    @property
    def headers(self) -> str:
        """The header fields of the message, as they go to the mail server."""
        return self.source.partition("\n\n")[0]

    @property
    def errors(self) -> list[Problem]:
        """What stops the message."""
        return [finding for finding in self.findings if finding.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """What the author has to judge."""
        return [finding for finding in self.findings if finding.severity == "warning"]


def of_statement(
    press: Press,
    statement: Statement,
    *,
    language: str = "",
    subject: str = "",
    preheader: str = "",
    intro: str = "",
    reader: Reader | None = None,
) -> Preview:
    """Make the mail of a statement as the workers would, in the original language or another one; nothing is kept.

    Raises NotFound if the statement isn't there in this language, Invalid for words that can't stand in a mail.
    """
    lines = Lines(subject, preheader, intro, intro_language=statement.language)
    return of_text(press, _text(statement, language), lines=lines, reader=reader)


def of_campaign(
    press: Press,
    campaign: Campaign,
    *,
    language: str = "",
    lines: Lines | None = None,
    reader: Reader | None = None,
) -> Preview:
    """Make the mail of a campaign: the one that was frozen, if it was, else with what the statement says now.

    `lines` stand for the campaign's own, for words that aren't saved yet. Raises NotFound and Invalid as above.
    """
    frozen = {edition.language.lower(): edition for edition in campaign.editions}
    if frozen and lines is None:
        edition = frozen.get((language or campaign.statement.language).lower())
        if edition is None:
            raise NotFound("This campaign was not sent in this language.")
        return _preview(press, campaign, edition, reader)
    text = _text(campaign.statement, language)
    return _made(press, campaign, text, lines or editions.lines_of(campaign, text), reader)


def of_text(press: Press, text: StatementText, *, lines: Lines | None = None, reader: Reader | None = None) -> Preview:
    """Make the mail of a statement that need not be saved. Raises Invalid for words that can't stand in a mail."""
    campaign = Campaign(
        id=_WORST_ID,
        statement=Statement(issued_on=text.issued_on, language=text.language),
        topics=list(text.topics),
    )
    return _made(press, campaign, text, lines or Lines(), reader)


def find_reader(session: Session, typed: str) -> Reader:
    """The subscriber with this address, or the only one whose address begins so.

    Raises NotFound, in words that say who else might be meant.
    """
    found = _exactly(session, typed) or _beginning_with(session, one_line(typed).lower())
    if not found:
        raise NotFound("No subscriber has an address that begins like this.")
    if len(found) > 1:
        named = ", ".join(subscriber.address for subscriber in found)
        raise NotFound(f"Several addresses begin like this: {named}. Type more of the one that you mean.")
    return Reader(found[0].address, found[0].first_name, found[0].last_name, found[0].language)


def language_for(press: Press, reader: Reader, available: Sequence[str], original: str) -> str:
    """In which of the available languages a reader gets the mail."""
    return languages.fallback_order(reader.language, available, original, press.settings.languages)[0]


def _exactly(session: Session, typed: str) -> Sequence[Subscriber]:
    try:
        identity = EmailAddress.parse(typed).identity
    except Invalid:
        return []
    return session.scalars(select(Subscriber).where(Subscriber.identity == identity)).all()


def _beginning_with(session: Session, words: str) -> Sequence[Subscriber]:
    begins_so = Subscriber.identity.startswith(words, autoescape=True)
    some = select(Subscriber).where(begins_so).order_by(Subscriber.identity).limit(_MOST_NAMED)
    return session.scalars(some).all() if words else []


def _text(statement: Statement, language: str) -> StatementText:
    return languages.version_for(statement, language) if language else languages.original(statement)


def _made(press: Press, campaign: Campaign, text: StatementText, lines: Lines, reader: Reader | None) -> Preview:
    edition = editions.edition_of(press, text.language, editions.render(press, text, lines))
    return _preview(press, campaign, edition, reader)


def _preview(press: Press, campaign: Campaign, edition: Edition, reader: Reader | None) -> Preview:
    nameless = editions.nameless_sample(press, campaign, edition)
    raw = editions.copy_for(press, campaign, edition, reader) if reader else nameless
    message = message_from_bytes(raw, policy=policy.default)
    html = _body(message, "html")
    return Preview(
        language=edition.language,
        subject=str(message["Subject"]),
        preheader=_preheader(html),
        html=html,
        text=_body(message, "plain"),
        source=raw.decode("utf-8", "replace").replace("\r\n", "\n"),
        size=len(raw),
        personal=has_merge_fields(edition.subject, edition.html),
        findings=_findings(press, nameless, editions.sample(press, campaign, edition)),
    )


def _findings(press: Press, shown: bytes, longest: bytes) -> list[Problem]:
    """What the rules say about the mail as it is shown, and what would stop it with the longest names and addresses."""
    found = editions.check(press, shown)
    codes = {problem.code for problem in found}
    return found + [problem for problem in errors(editions.check(press, longest)) if problem.code not in codes]


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _preheader(html: str) -> str:
    """The line that inboxes show beside the subject: it stands in the mail once, hidden."""
    found = _PREHEADER.search(html)
    return unescape(found[1]).strip() if found else ""
