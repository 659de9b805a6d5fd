"""A statement in each of its languages, and which of them somebody gets.

The statement itself holds the words of the language in which it was written first, its translations those of the
others. Mails, previews and pages are made from `StatementText`, which is a statement as readers of one language get it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.mail.language import Language
from app.models import Image, Statement, StatementState, Topic, Translation
from app.services.statement_texts import texts_of
from app.settings import Settings

TRANSLATED = (
    "title",
    "standfirst",
    "easy_summary",
    "body",
    "signatory_role",
    "contact_role",
    "image_alt",
    "correction",
)
"""What a translation says in its own words; all else is the statement's."""


@dataclass(frozen=True, slots=True)
class StatementText:
    """A statement as readers of one language get it; the names are those of `Statement`."""

    language: str
    title: str
    issued_on: date
    standfirst: str = ""
    easy_summary: str = ""
    body: str = ""
    signatory_name: str = ""
    signatory_role: str = ""
    contact_name: str = ""
    contact_role: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    image: Image | None = None
    image_alt: str = ""
    image_is_decorative: bool = False
    slug: str = ""
    topics: tuple[Topic, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    correction: str = ""
    correction_language: str = ""
    corrected_at: datetime | None = None
    is_original: bool = True

    @property
    def direction(self) -> str:
        """The value of the dir attribute."""
        return Language.of(self.language).direction

    @property
    def path_language(self) -> str | None:
        """The part of its public address that names its language; the original's has none."""
        return None if self.is_original else self.language


def original(statement: Statement) -> StatementText:
    """The statement in the language in which it was written first."""
    texts: dict[str, Any] = texts_of(statement)
    return StatementText(
        **texts,
        language=statement.language,
        issued_on=statement.issued_on,
        image=statement.image,
        image_is_decorative=statement.image_is_decorative,
        slug=statement.slug,
        topics=tuple(statement.topics),
        published_at=statement.published_at,
        updated_at=statement.updated_at,
        correction=statement.correction,
        correction_language=statement.language,
        corrected_at=statement.corrected_at,
    )


def version_for(statement: Statement, language: str) -> StatementText:
    """The statement in exactly this language, without regard to case; raises NotFound if it isn't there in it."""
    wanted = language.lower()
    for version in versions(statement):
        if version.language.lower() == wanted:
            return version
    raise NotFound("This statement is not there in this language.")


def versions(statement: Statement) -> list[StatementText]:
    """The statement in all its languages, the original first."""
    first = original(statement)
    return [first, *(_translated(first, translation) for translation in statement.translations)]


def tags(statement: Statement) -> list[str]:
    """The languages that a statement is there in, the original first."""
    return [statement.language, *(translation.language for translation in statement.translations)]


def best_version(statement: Statement, wishes: Iterable[str], offered: Sequence[str]) -> StatementText:
    """The version for somebody who would like one of these languages, the first most."""
    available = tags(statement)
    return versions(statement)[available.index(choose(wishes, available, statement.language, offered))]


def choose(wishes: Iterable[str], available: Sequence[str], original: str, offered: Sequence[str]) -> str:
    """The first wish that can be met, a language by another form of it; else as for somebody who wishes nothing."""
    for wish in wishes:
        if found := related(wish, available):
            return found[0]
    return fallback_order("", available, original, offered)[0]


def fallback_order(wanted: str, available: Sequence[str], original: str, offered: Sequence[str]) -> list[str]:
    """All available languages, in the order in which a reader who wants one of them is served.

    First that language, then its other forms (`pt` for `pt-BR`, and the other way round), then the first language that
    the installation offers, then the original, then whatever there is.
    """
    order = [*related(wanted, available), *related(offered[0] if offered else "", available)]
    return list(dict.fromkeys([*order, *related(original, available), *available]))


def addresses(session: Session, limit: int = 50_000) -> Sequence[tuple[str, str, datetime]]:
    """Slug, language and last change of the translations of published statements, newest first, for a sitemap."""
    rows = session.execute(
        select(Statement.slug, Translation.language, Translation.updated_at)
        .join_from(Translation, Statement)
        .where(Statement.state == StatementState.PUBLISHED)
        .order_by(Statement.issued_on.desc(), Statement.id.desc(), Translation.language)
        .limit(limit)
    )
    return [(row.slug, row.language, row.updated_at) for row in rows]


def _translated(first: StatementText, translation: Translation) -> StatementText:
    changed = max(filter(None, (first.updated_at, translation.updated_at)), default=None)
    words = {name: getattr(translation, name) for name in TRANSLATED}
    if first.correction and words["correction"]:
        words["correction_language"] = translation.language
    else:
        words["correction"] = first.correction
    return replace(first, **words, language=translation.language, updated_at=changed, is_original=False)


def subject_matter(settings: Settings, language: str) -> str:
    """What the news is about, in this language, or as the installation says it first."""
    said = dict(settings.subject_matter_in)
    found = related(language, said)
    return said[found[0]] if found else settings.subject_matter


def related(wanted: str, available: Collection[str]) -> list[str]:
    """The available forms of a language, those that share most with the wanted one first, then the plainest."""
    parts = wanted.lower().split("-")
    nearness = {tag: _shared(parts, tag.lower().split("-")) for tag in available}
    return sorted((tag for tag in available if nearness[tag]), key=lambda tag: (-nearness[tag], tag.count("-")))


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts two tags have in common from the left."""
    shared = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        shared += 1
    return shared
