"""What people have typed and not saved yet: kept by the page itself, offered again, and telling who is editing now."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import Autosave, StaffMember

STILL_THERE = timedelta(minutes=2)
NO_KEY = UUID(int=0)
_MOST_OTHERS = 10
Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Place:
    """Which form: whose, of which statement (None for a new one), in which language ("" for the original).

    `key` names one opening of it: what is typed in two tabs, or at two times, is kept apart.
    """

    staff_member_id: int
    statement_id: int | None = None
    language: str = ""
    key: UUID = NO_KEY


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed in a form, when, and from which version of the statement they began."""

    key: UUID
    fields: Fields
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Editor:
    """Somebody who has the statement open in a form, and since when."""

    name: str
    since: datetime


def keep(session: Session, place: Place, *, fields: Fields | None, version: int, now: datetime) -> None:
    """Keep what is typed in a form; without `fields` only note that somebody is there, and leave what was kept."""
    _forget_visits(session, place, now)
    before = _row(session, place)
    stayed = before is not None and now - before.saved_at <= STILL_THERE
    content = dict(before.content) if before is not None else {}
    if not stayed:
        content["began_at"] = now.isoformat()
    if fields is not None:
        content |= {"fields": {name: list(values) for name, values in fields.items()}, "typed_at": now.isoformat()}
    elif before is not None and "fields" in before.content:
        version = before.version
    values = {"version": version, "content": content, "saved_at": now}
    where = asdict(place)
    session.execute(
        insert(Autosave).values(**where, **values).on_conflict_do_update(index_elements=list(where), set_=values)
    )


def find(session: Session, place: Place) -> Typed | None:
    """What was typed in exactly this form and never saved; None if nothing was."""
    row = _row(session, place)
    return _typed(row) if row is not None else None


def find_others(session: Session, place: Place) -> list[Typed]:
    """What the same person typed in other openings of the form and never saved, newest first."""
    rows = session.scalars(
        select(Autosave)
        .where(*_at(place), Autosave.key != place.key)
        .order_by(Autosave.saved_at.desc(), Autosave.id.desc())
        .limit(_MOST_OTHERS)
    )
    return [typed for row in rows if (typed := _typed(row)) is not None]


def find_all(session: Session, staff_member_id: int, statement_id: int) -> Mapping[str, Typed]:
    """What one person typed last in the forms of a statement and never saved, by language; "" is the original."""
    of_it = (Autosave.staff_member_id == staff_member_id, Autosave.statement_id == statement_id)
    rows = session.scalars(select(Autosave).where(*of_it).order_by(Autosave.language, Autosave.saved_at))
    found = {row.language: _typed(row) for row in rows if _typed(row) is not None}
    return {language: typed for language, typed in found.items() if typed is not None}


def forget(session: Session, place: Place) -> None:
    """Drop what was typed: it has been saved, or is not wanted."""
    session.execute(delete(Autosave).where(*_at(place), Autosave.key == place.key))


def editing_now(session: Session, statement_id: int, but: int, now: datetime) -> list[Editor]:
    """Who else has the statement open in any language; `but` is whoever asks."""
    rows = session.execute(
        select(Autosave, StaffMember)
        .join(StaffMember, StaffMember.id == Autosave.staff_member_id)
        .where(
            Autosave.statement_id == statement_id,
            Autosave.staff_member_id != but,
            Autosave.saved_at > now - STILL_THERE,
        )
        .order_by(Autosave.saved_at)
    )
    since: dict[str, datetime] = {}
    for row, member in rows:
        name = member.name or member.email
        began = datetime.fromisoformat(row.content.get("began_at") or row.saved_at.isoformat())
        since[name] = min(began, since.get(name, began))
    return [Editor(name, began) for name, began in since.items()]


def _typed(row: Autosave) -> Typed | None:
    if not row.content.get("fields"):
        return None
    return Typed(row.key, row.content["fields"], datetime.fromisoformat(row.content["typed_at"]), row.version)


def _row(session: Session, place: Place) -> Autosave | None:
    exactly = select(Autosave).where(*_at(place), Autosave.key == place.key)
    return session.scalar(exactly.execution_options(populate_existing=True))


def _forget_visits(session: Session, place: Place, now: datetime) -> None:
    """Openings in which nothing was typed are forgotten once they are over."""
    over = Autosave.saved_at <= now - STILL_THERE, ~Autosave.content.has_key("fields")
    session.execute(delete(Autosave).where(Autosave.staff_member_id == place.staff_member_id, *over))


def _at(place: Place) -> tuple[ColumnElement[bool], ...]:
    return (
        Autosave.staff_member_id == place.staff_member_id,
        Autosave.statement_id.is_(None) if place.statement_id is None else Autosave.statement_id == place.statement_id,
        Autosave.language == place.language,
    )
