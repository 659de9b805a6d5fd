"""Writing statements: a new draft, its saves, and going back to an earlier one. Each save keeps a version."""

import re
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Invalid
from app.mail.merge_fields import for_everybody
from app.models import Image, Statement, StatementState, StatementVersion, Topic
from app.services import topics
from app.services.languages import tags
from app.services.statement_texts import LIMITS, texts_of
from app.services.statements import versions
from app.services.statements.content import (
    Content,
    canonical_language,
    date_problems,
    language_problems,
    text_problems,
    tidied,
    tidy,
    unready,
)
from app.services.statements.versions import Act

_CHOOSING_AN_ADDRESS = 0x0C0511
_POSITIVE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Correction:
    """What readers of a published statement are told was corrected, and when; an empty note takes an old one away."""

    note: str
    at: datetime


def create(session: Session, content: Content, *, author_id: int | None = None, key: str = "") -> Statement:
    """Add a draft; raises Invalid with one problem per field that can't stay.

    `key` names the form that it comes from, see `made_with`.
    """
    content = tidied(content)
    chosen = _checked(session, content)
    statement = Statement(slug=_free_slug(session, for_everybody(content.title)), state=StatementState.DRAFT)
    _fill(statement, content, chosen)
    session.add(statement)
    session.flush()
    versions.keep(session, statement, Act.CREATED, author_id, **({"form_key": key} if key else {}))
    return statement


def made_with(session: Session, author_id: int, key: UUID) -> Statement | None:
    """The statement that this person made from this form already: a form pressed twice makes one draft.

    Whoever asks with the same key at the same time waits until this transaction is over.
    """
    session.execute(select(func.pg_advisory_xact_lock(key.int & _POSITIVE)))
    made = select(StatementVersion.statement_id).where(
        StatementVersion.version == 1,
        StatementVersion.saved_by_id == author_id,
        StatementVersion.content["form_key"].astext == str(key),
    )
    statement_id = session.scalar(made.limit(1))
    return session.get(Statement, statement_id) if statement_id is not None else None


def save(
    session: Session,
    statement: Statement,
    content: Content,
    *,
    version: int,
    author_id: int | None = None,
    correction: Correction | None = None,
) -> None:
    """Replace the content. `version` is the one that the author saw when they began.

    Raises Conflict if somebody saved in between, Invalid with one problem per field that can't stay.
    """
    versions.demand_unchanged(statement, version)
    content = tidied(content)
    chosen = _checked(session, content, tags(statement)[1:])
    _demand_ready(statement, content, chosen)
    versions.keep_unkept(session, statement)
    with session.no_autoflush:
        _fill(statement, content, chosen)
        if correction is not None:
            _take_note(statement, tidy(correction.note))
            statement.corrected_at = correction.at if statement.correction else None
    act = Act.CORRECTED if correction is not None and statement.correction else Act.SAVED
    versions.count_save(session, statement, act, author_id)


def _take_note(statement: Statement, note: str) -> None:
    """Change the note about a correction; what translations say of another one is not true any more."""
    if note != statement.correction:
        for translation in statement.translations:
            translation.correction = ""
    statement.correction = note


def restore(
    session: Session, statement: Statement, number: int, *, version: int, author_id: int | None = None
) -> Sequence[str]:
    """Make an earlier version the newest one, in all its languages; gives what could not come back, in words.

    What readers were told about corrections stays. Raises NotFound if it was not kept, Conflict as `save` does,
    Invalid where what was fit to be kept then is not now.
    """
    kept = versions.find(session, statement, number).version.content
    versions.demand_unchanged(statement, version)
    versions.keep_unkept(session, statement)
    present = {topic.id for topic in topics.every(session)}
    lost = [f"The topic “{topic['name']}” is gone." for topic in kept["topics"] if topic["id"] not in present]
    image_id = UUID(kept["image_id"]) if kept["image_id"] else None
    if image_id is not None and session.get(Image, image_id) is None:
        lost.append("Its image is gone.")
        image_id = None
    content = Content(
        **{name: kept.get(name, "") for name in LIMITS},
        issued_on=date.fromisoformat(kept["issued_on"]),
        language=kept["language"],
        image_id=image_id,
        image_is_decorative=kept["image_is_decorative"],
        topic_ids=tuple(topic["id"] for topic in kept["topics"] if topic["id"] in present),
    )
    chosen = _checked(session, content, kept["translations"])
    _demand_ready(statement, content, chosen)
    with session.no_autoflush:
        _fill(statement, content, chosen)
        versions.replace_translations(statement, kept["translations"])
    versions.count_save(session, statement, Act.RESTORED, author_id, restored=str(number))
    return lost


def _checked(session: Session, content: Content, taken: Iterable[str] = ()) -> list[Topic]:
    problems = text_problems(content) + date_problems(content.issued_on) + language_problems(content.language, taken)
    if problems:
        raise Invalid(*problems)
    return topics.by_ids(session, content.topic_ids)


def _demand_ready(statement: Statement, content: Content, chosen: Sequence[Topic]) -> None:
    """What the public sees stays complete."""
    if statement.state is StatementState.PUBLISHED and (problems := unready(content.body, chosen)):
        raise Invalid(*problems)


def _fill(statement: Statement, content: Content, chosen: list[Topic]) -> None:
    for name, text in texts_of(content).items():
        setattr(statement, name, text)
    statement.issued_on = content.issued_on
    statement.language = canonical_language(content.language)
    statement.image_id = content.image_id
    statement.image_is_decorative = content.image_id is not None and content.image_is_decorative
    statement.topics = chosen


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
