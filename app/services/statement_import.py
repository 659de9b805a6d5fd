"""From a file to a draft: read, completed with the installation's defaults, saved."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from app.errors import Invalid, Problem
from app.models import Statement
from app.services import images, statements, topics
from app.services.statement_reader import StatementDraft, read_statement
from app.services.statement_texts import texts_of
from app.services.statements import Content
from app.settings import Settings


def import_statement(
    session: Session,
    settings: Settings,
    content: bytes,
    filename: str,
    *,
    today: date,
    image: bytes | None = None,
) -> tuple[Statement, Sequence[str]]:
    """Make a draft from a file; gives it and the reader's notes for staff. Raises Invalid if the file can't be read.

    `image` is the picture that the file names, if the caller has found it.
    """
    draft = read_statement(content, filename)
    notes = list(draft.notes)
    picture = images.add(session, image) if image is not None else None
    if draft.image_file and picture is None:
        notes.append(f"The image {draft.image_file} was not found; add it in the editor.")
    made = complete(session, settings, draft, today=today, image_id=picture.id if picture else None)
    return statements.create(session, made), notes


def complete(
    session: Session, settings: Settings, draft: StatementDraft, *, today: date, image_id: UUID | None = None
) -> Content:
    """A draft with what it lacks: today's date, the default language, the first topic."""
    return Content(
        **texts_of(draft),
        issued_on=draft.issued_on or today,
        language=draft.language or settings.languages[0],
        image_id=image_id,
        image_is_decorative=draft.image_is_decorative,
        topic_ids=_topic_ids(session, draft.topics),
    )


def _topic_ids(session: Session, named: Sequence[str]) -> tuple[int, ...]:
    known = topics.every(session)
    if not named:
        return tuple(topic.id for topic in known[:1])
    by_name = {key.casefold(): topic.id for topic in known for key in (topic.slug, topic.name)}
    missing = [name for name in named if name.casefold() not in by_name]
    if missing:
        offered = ", ".join(topic.slug for topic in known) or "none yet"
        raise Invalid(Problem(f"There is no topic “{missing[0]}”. There are: {offered}.", field="topics"))
    return tuple(by_name[name.casefold()] for name in named)
