"""Beginning an import: what must be known of a list before anything of it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO

from sqlalchemy.orm import Session

from app.errors import Invalid, Problem
from app.jobs import go_on_with_import, ring_later
from app.models import ImportReader, SubscriberImport, Topic
from app.services.imports import pieces
from app.services.imports.proof import LONGEST_BASIS, LONGEST_SOURCE
from app.settings import Settings

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a list comes from, since when people agreed, why that is lawful; what they get here, in which language."""

    reader: ImportReader
    source: str
    consented_on: date
    basis: str
    topics: Sequence[Topic]
    language: str

    @classmethod
    def typed(cls, said: Mapping[str, str], topics: Sequence[Topic], *, settings: Settings, today: date) -> "Plan":
        """As somebody typed it: `reader`, `source`, `date`, `basis`, `language`. Raises Invalid."""
        problems: list[Problem] = []
        reader, language = said.get("reader", ""), said.get("language") or settings.languages[0]
        source, basis = (" ".join(said.get(name, "").split()) for name in ("source", "basis"))
        if reader not in set(ImportReader):
            problems.append(Problem("Choose which program wrote the file.", field="reader"))
        problems += _text(source, "source", LONGEST_SOURCE, "Say where this list comes from.")
        on = _day(said.get("date", ""), today, problems)
        problems += _text(basis, "basis", LONGEST_BASIS, "Say how these people agreed to get your mail.")
        if not topics:
            problems.append(Problem("Choose at least one topic.", field="topics"))
        if language not in settings.languages:
            problems.append(Problem(f"There is only: {', '.join(settings.languages)}.", field="language"))
        if problems or on is None:
            raise Invalid(*problems)
        return cls(ImportReader(reader), source, on, basis, topics, language)


def begin(
    session: Session, plan: Plan, stream: IO[bytes], name: str, *, staff_id: int | None = None
) -> SubscriberImport:
    """Store a file, and ring for its reading. Raises Invalid (field "file") if it is none that can be read."""
    made = SubscriberImport(
        name=name[-_LONGEST_NAME:],
        reader=plan.reader,
        source=plan.source,
        consented_on=plan.consented_on,
        basis=plan.basis,
        language=plan.language,
        topic_ids=[topic.id for topic in plan.topics],
        octets=0,
        created_by_id=staff_id,
    )
    session.add(made)
    session.flush()
    pieces.store(session, made, stream)
    ring_later(session, go_on_with_import(made.id))
    return made


def _text(text: str, field: str, longest: int, missing: str) -> list[Problem]:
    if not text:
        return [Problem(missing, field=field)]
    if len(text) > longest:
        return [Problem(f"This is {len(text)} characters long; at most {longest} fit.", field=field)]
    return []


def _day(text: str, today: date, problems: list[Problem]) -> date | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        problems.append(Problem("Say since when they agreed, such as 2024-05-31.", field="date"))
        return None
    if day > today:
        problems.append(Problem("This day is still to come. Say since when they agreed.", field="date"))
        return None
    return day
