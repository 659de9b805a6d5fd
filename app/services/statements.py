"""Statements: written, saved, published, and found again in the archive."""

import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from app.errors import Conflict, Invalid, NotFound, Problem
from app.mail import merge_fields
from app.mail.address import EmailAddress
from app.mail.markdown import field_problems
from app.mail.merge_fields import for_everybody
from app.models import Statement, StatementState, Topic, statement_topics
from app.services import topics

PAGE_SIZE = 20
_SAVED_BY_ANOTHER = "Somebody else saved this statement while you were editing it. Nothing of theirs was replaced."
_CHOOSING_AN_ADDRESS = 0x0C0511
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_LONGEST_LANGUAGE = 12
_LIMITS = {
    "title": 250,
    "signatory_name": 200,
    "signatory_role": 200,
    "contact_name": 200,
    "contact_role": 200,
    "contact_email": 254,
    "contact_phone": 60,
    "standfirst": 2000,
    "body": 100_000,
    "image_alt": 1000,
}


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that an author decides about a statement."""

    title: str
    issued_on: date
    language: str
    standfirst: str = ""
    body: str = ""
    signatory_name: str = ""
    signatory_role: str = ""
    contact_name: str = ""
    contact_role: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    image_id: UUID | None = None
    image_alt: str = ""
    topic_ids: tuple[int, ...] = field(default=())


def create(session: Session, content: Content) -> Statement:
    """Add a draft; raises Invalid with one problem per field that can't stay."""
    content = _tidied(content)
    chosen = _checked(session, content)
    statement = Statement(slug=_free_slug(session, for_everybody(content.title)), state=StatementState.DRAFT)
    _fill(statement, content, chosen)
    session.add(statement)
    session.flush()
    return statement


def save(session: Session, statement: Statement, content: Content, *, version: int) -> None:
    """Replace the content. `version` is the one that the author saw when they began.

    Raises Conflict if somebody saved in between, Invalid with one problem per field that can't stay.
    """
    if statement.version != version:
        raise Conflict(_SAVED_BY_ANOTHER)
    content = _tidied(content)
    chosen = _checked(session, content)
    with session.no_autoflush:
        _fill(statement, content, chosen)
    # a save that changes nothing but the topics must count as well
    flag_modified(statement, "title")
    try:
        session.flush()
    except StaleDataError as error:
        raise Conflict(_SAVED_BY_ANOTHER) from error


def publish(session: Session, statement: Statement, now: datetime) -> None:
    """Show the statement to the public; publishing it again changes nothing. Raises Invalid if it is incomplete."""
    problems = []
    if not statement.body.strip():
        problems.append(Problem("Write the text of the statement first.", field="body"))
    if not statement.topics:
        problems.append(Problem("Choose at least one topic, so that the statement finds its readers.", field="topics"))
    if problems:
        raise Invalid(*problems)
    if statement.state is StatementState.DRAFT:
        statement.state = StatementState.PUBLISHED
        statement.published_at = now
        session.flush()


def get(session: Session, statement_id: int) -> Statement:
    """The statement with this id; raises NotFound."""
    statement = session.get(Statement, statement_id)
    if statement is None:
        raise NotFound("This statement does not exist.")
    return statement


def by_slug(session: Session, slug: str) -> Statement:
    """The statement with this slug, draft or not; raises NotFound."""
    statement = session.scalar(select(Statement).where(Statement.slug == slug))
    if statement is None:
        raise NotFound(f"There is no statement called “{slug}”.")
    return statement


def get_published(session: Session, slug: str) -> Statement:
    """The published statement at this address; raises NotFound for drafts too."""
    statement = session.scalar(
        select(Statement).where(Statement.slug == slug, Statement.state == StatementState.PUBLISHED)
    )
    if statement is None:
        raise NotFound("There is no statement at this address.")
    return statement


def newest(session: Session, limit: int = 100) -> Sequence[Statement]:
    """All statements for the console, last changed first."""
    return session.scalars(
        select(Statement).order_by(Statement.updated_at.desc(), Statement.id.desc()).limit(limit)
    ).all()


def archive(session: Session, topic: Topic | None = None, page: int = 1) -> tuple[Sequence[Statement], int]:
    """One page of published statements, newest first, and how many there are in all."""
    found = select(Statement).where(Statement.state == StatementState.PUBLISHED)
    if topic is not None:
        found = found.join(statement_topics).where(statement_topics.c.topic_id == topic.id)
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    page_of = found.order_by(Statement.issued_on.desc(), Statement.id.desc())
    return session.scalars(page_of.limit(PAGE_SIZE).offset((max(page, 1) - 1) * PAGE_SIZE)).all(), total


def addresses(session: Session, limit: int = 50_000) -> Sequence[tuple[str, datetime]]:
    """Slug and last change of published statements, newest first: what a sitemap lists (50,000 is its limit)."""
    rows = session.execute(
        select(Statement.slug, Statement.updated_at)
        .where(Statement.state == StatementState.PUBLISHED)
        .order_by(Statement.issued_on.desc(), Statement.id.desc())
        .limit(limit)
    )
    return [(row.slug, row.updated_at) for row in rows]


def _tidied(content: Content) -> Content:
    """The content as it is kept; limits hold for this, because normalising can lengthen a text."""
    kept: dict[str, Any] = {name: _tidy(getattr(content, name)) for name in _LIMITS}
    return replace(content, **kept | {"title": " ".join(kept["title"].split())})


def _checked(session: Session, content: Content) -> list[Topic]:
    problems = []
    if not any(unicodedata.category(character)[0] in "LNPS" for character in content.title):
        problems.append(Problem("Give the statement a title.", field="title"))
    elif not for_everybody(content.title).strip():
        words = "Put more than merge fields into the title; on the web, where readers have no names, it would be empty."
        problems.append(Problem(words, field="title"))
    problems += [
        *merge_fields.problems(content.title, "title"),
        *merge_fields.problems(content.standfirst, "standfirst"),
        *field_problems(content.body, "body"),
    ]
    for name, limit in _LIMITS.items():
        length = len(getattr(content, name))
        if length > limit:
            problems.append(Problem(f"This is {length} characters long; at most {limit} fit.", field=name))
    if not _LANGUAGE.fullmatch(content.language) or len(content.language) > _LONGEST_LANGUAGE:
        problems.append(Problem("Write the language as a short code, such as en or pt-BR.", field="language"))
    if content.contact_email:
        try:
            EmailAddress.parse(content.contact_email)
        except Invalid as error:
            problems += [Problem(problem.message, field="contact_email") for problem in error.problems]
    if problems:
        raise Invalid(*problems)
    return topics.by_ids(session, content.topic_ids)


def _fill(statement: Statement, content: Content, chosen: list[Topic]) -> None:
    for name in _LIMITS:
        setattr(statement, name, getattr(content, name))
    statement.issued_on = content.issued_on
    statement.language = content.language
    statement.image_id = content.image_id
    statement.topics = chosen


def _tidy(text: str) -> str:
    """Line ends as LF, Unicode as NFC, no control characters, no blanks around."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"}).strip()


def _free_slug(session: Session, title: str) -> str:
    """A short address made of the title's letters; titles without Latin letters get a random one.

    One at a time until the commit, so that two drafts of the same title don't choose the same address.
    """
    ascii_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_title).strip("-")[:80].rstrip("-")
    if len(slug) < 3:
        return f"statement-{secrets.token_hex(4)}"
    session.execute(select(func.pg_advisory_xact_lock(_CHOOSING_AN_ADDRESS)))
    taken = set(session.scalars(select(Statement.slug).where(Statement.slug.like(f"{slug}%"))))
    return next(name for name in (slug, *(f"{slug}-{n}" for n in range(2, len(taken) + 3))) if name not in taken)
