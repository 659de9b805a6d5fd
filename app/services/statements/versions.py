"""Versions: what a statement said after each save, in all its languages, and who saved it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from app.errors import Conflict, NotFound
from app.models import StaffMember, Statement, StatementVersion, Translation
from app.services.languages import TRANSLATED
from app.services.statement_texts import LIMITS, texts_of

PAGE_SIZE = 30
_OF_THE_ORIGINAL = (
    *LIMITS,
    "issued_on",
    "language",
    "topics",
    "image_id",
    "image_is_decorative",
    "correction",
)
SAVED_BY_ANOTHER = "Somebody else saved this statement while you were editing it. Nothing of theirs was replaced."


class Act(StrEnum):
    """What made a version."""

    CREATED = "created"
    SAVED = "saved"
    CORRECTED = "corrected"
    TRANSLATED = "translated"
    TRANSLATION_REMOVED = "translation_removed"
    RESTORED = "restored"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    BEFORE = "before"
    """Found as it was when versions began to be kept."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One version in a list: its number, what made it, and the name of who did."""

    version: StatementVersion
    act: Act
    about: str
    who: str


def demand_unchanged(statement: Statement, version: int) -> None:
    """Raise Conflict if somebody saved after this version was shown."""
    if statement.version != version:
        raise Conflict(SAVED_BY_ANOTHER)


def count_save(session: Session, statement: Statement, act: Act, author_id: int | None, **about: str) -> None:
    """Write a changed statement as its next version, and keep what it says now.

    `about` is kept with it: a language, the number that was restored. Raises Conflict if somebody saved in between.
    """
    # a save that changes nothing but the topics or a translation must count as well
    flag_modified(statement, "title")
    try:
        session.flush()
    except StaleDataError as error:
        raise Conflict(SAVED_BY_ANOTHER) from error
    keep(session, statement, act, author_id, **about)


def keep(session: Session, statement: Statement, act: Act, author_id: int | None, **about: str) -> None:
    """Keep what a statement says now, under its present version."""
    content = snapshot(statement) | {"act": act.value} | about
    session.add(
        StatementVersion(statement_id=statement.id, version=statement.version, content=content, saved_by_id=author_id)
    )
    session.flush()


def keep_unkept(session: Session, statement: Statement) -> None:
    """Keep the present words of a statement that was written before versions were kept, so that a save loses none."""
    if session.get(StatementVersion, (statement.id, statement.version)) is None:
        keep(session, statement, Act.BEFORE, None)


def snapshot(statement: Statement) -> dict[str, Any]:
    """All that a statement says, as JSON can tell it."""
    return {
        **texts_of(statement),
        "issued_on": statement.issued_on.isoformat(),
        "state": statement.state.value,
        "language": statement.language,
        "topics": [{"id": topic.id, "name": topic.name} for topic in statement.topics],
        "image_id": str(statement.image_id) if statement.image_id else None,
        "image_is_decorative": statement.image_is_decorative,
        "correction": statement.correction,
        "translations": {
            translation.language: {name: getattr(translation, name) for name in TRANSLATED}
            for translation in statement.translations
        },
    }


def listed(session: Session, statement: Statement, page: int = 1) -> tuple[Sequence[Kept], int]:
    """One page of versions, newest first, and how many there are in all."""
    of_it = StatementVersion.statement_id == statement.id
    total = session.scalar(select(func.count()).select_from(StatementVersion).where(of_it)) or 0
    rows = session.execute(
        select(StatementVersion, StaffMember)
        .outerjoin(StaffMember, StaffMember.id == StatementVersion.saved_by_id)
        .where(of_it)
        .order_by(StatementVersion.version.desc())
        .limit(PAGE_SIZE)
        .offset((max(page, 1) - 1) * PAGE_SIZE)
    )
    return [_kept(version, member) for version, member in rows], total


def find(session: Session, statement: Statement, number: int) -> Kept:
    """One version; raises NotFound."""
    version = session.get(StatementVersion, (statement.id, number)) if 0 < number <= statement.version else None
    if version is None:
        raise NotFound("This version of the statement was not kept.")
    return _kept(version, session.get(StaffMember, version.saved_by_id) if version.saved_by_id else None)


def before(session: Session, statement: Statement, number: int) -> StatementVersion | None:
    """The version that was kept last before this one; None for the first."""
    earlier = select(StatementVersion).where(
        StatementVersion.statement_id == statement.id, StatementVersion.version < number
    )
    return session.scalar(earlier.order_by(StatementVersion.version.desc()).limit(1))


def words_at(session: Session, statement: Statement, number: int) -> dict[str, Any] | None:
    """What a version said; None if it was not kept."""
    if not 0 < number <= statement.version:
        return None
    version = session.get(StatementVersion, (statement.id, number))
    return version.content if version else None


def changed_since(session: Session, statement: Statement, number: int, language: str = "") -> bool:
    """Whether the words of a language ("" is the original), or what the public sees, changed after a version.

    A save of another language counts as a save of the statement, but stands in nobody's way.
    """
    if statement.version == number:
        return False
    kept = words_at(session, statement, number)
    if kept is None:
        return True
    present = snapshot(statement)
    if language:
        before, after = kept["translations"].get(language), present["translations"].get(language)
    else:
        before, after = ({name: said.get(name) for name in _OF_THE_ORIGINAL} for said in (kept, present))
    return bool(before != after or kept.get("state") != present["state"])


def replace_translations(statement: Statement, kept: dict[str, dict[str, str]]) -> None:
    """Give a statement exactly these translations, changing those that are there.

    What readers were told about corrections stays.
    """
    present = {translation.language: translation for translation in statement.translations}
    for language, words in kept.items():
        translation = present.pop(language, None)
        if translation is None:
            translation = Translation(language=language)
            statement.translations.append(translation)
        for name in set(TRANSLATED) - {"correction"}:
            setattr(translation, name, words.get(name, ""))
    for translation in present.values():
        statement.translations.remove(translation)


def _kept(version: StatementVersion, member: StaffMember | None) -> Kept:
    about = str(version.content.get("language_changed") or version.content.get("restored") or "")
    act = Act(version.content.get("act", Act.SAVED))
    return Kept(version, act, about, (member.name or member.email) if member else "")
