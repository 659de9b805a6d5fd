"""The course of an import, a step at a time. Each step is a transaction of its own; the next one goes on behind it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, NotFound
from app.jobs import go_on_with_import, ring_later
from app.models import ImportRow, ImportState, SubscriberImport
from app.models.import_states import IMPORT, ImportEvent
from app.services.imports import pieces
from app.services.imports.applying import apply_some
from app.services.imports.reading import read_some
from app.services.imports.undoing import undo_some
from app.settings import Settings

WORKING = (ImportState.UPLOADED, ImportState.READING, ImportState.APPLYING, ImportState.UNDOING)
WAITING = (ImportState.READY, ImportState.FAILED)
KEPT_WAITING = timedelta(days=30)
"""So long a file that was read waits for somebody's decision; it holds addresses of people who are not subscribers."""


class Step(Enum):
    """What came of one step."""

    MORE = auto()
    OVER = auto()
    BUSY = auto()


def get(session: Session, import_id: int) -> SubscriberImport:
    """The import; raises NotFound."""
    found = session.get(SubscriberImport, import_id)
    if found is None:
        raise NotFound("There is no such import.")
    return found


def go_on(session: Session, settings: Settings, import_id: int, *, now: datetime) -> Step:
    """Do the next step, and ring for the one after it. `BUSY`: somebody else has it in hand at this moment.

    What can't be read becomes `failed`, with the words that say why; nothing of such a file is kept.
    """
    wanted = select(SubscriberImport).where(SubscriberImport.id == import_id)
    held = wanted.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    made = session.scalar(held)
    if made is None:
        return Step.BUSY if session.scalar(wanted) is not None else Step.OVER
    if made.state not in WORKING:
        return Step.OVER
    made.touched_at = now
    if made.state is ImportState.UPLOADED:
        _move(made, ImportEvent.READ)
    if made.state is ImportState.READING:
        _read(session, settings, made)
    elif made.state is ImportState.APPLYING:
        if not apply_some(session, made, now=now):
            _move(made, ImportEvent.FINISH)
            made.applied_at = now
    elif not undo_some(session, made, now=now):
        _move(made, ImportEvent.FINISH)
        made.undone_at = now
    session.flush()
    if made.state not in WORKING:
        return Step.OVER
    ring_later(session, go_on_with_import(made.id))
    return Step.MORE


def apply(session: Session, import_id: int) -> SubscriberImport:
    """Let what the dry run shows be done; raises Conflict if it isn't ready, or nobody would be added."""
    made = _held(session, import_id)
    if made.state is ImportState.READY and not made.added:
        raise Conflict("Nobody would be added by this. Put it aside.")
    return _begin(session, made, ImportEvent.APPLY)


def undo(session: Session, import_id: int) -> SubscriberImport:
    """Take back what it added, or has added so far; raises Conflict if it has added nobody."""
    made = _held(session, import_id)
    is_under_way = made.state is ImportState.APPLYING
    _begin(session, made, ImportEvent.UNDO)
    if is_under_way:
        _forget_lines(session, made)
    return made


def discard(session: Session, import_id: int) -> SubscriberImport:
    """Put it aside, whether or not it was read, and forget whoever stands in it; raises Conflict if it was applied."""
    made = _held(session, import_id)
    _move(made, ImportEvent.DISCARD)
    _forget_lines(session, made)
    return made


def waiting(session: Session, *, before: datetime) -> Iterator[int]:
    """The imports that should be going on, and nobody has touched since then."""
    last = func.coalesce(SubscriberImport.touched_at, SubscriberImport.created_at)
    wanted = select(SubscriberImport.id).where(SubscriberImport.state.in_(WORKING), last < before)
    yield from session.scalars(wanted.order_by(SubscriberImport.id))


def forget_old(session: Session, *, now: datetime) -> None:
    """Put aside what nobody has decided about for a month."""
    last = func.coalesce(SubscriberImport.touched_at, SubscriberImport.created_at)
    wanted = select(SubscriberImport.id).where(SubscriberImport.state.in_(WAITING), last < now - KEPT_WAITING)
    for import_id in session.scalars(wanted).all():
        discard(session, import_id)


def _read(session: Session, settings: Settings, made: SubscriberImport) -> None:
    try:
        if read_some(session, settings, made):
            return
    except Invalid as error:
        _move(made, ImportEvent.FAIL)
        made.trouble = "\n".join(_words(problem.line, problem.message) for problem in error.problems)
        _forget_lines(session, made)
        return
    _move(made, ImportEvent.JUDGE)
    made.octets_read = made.octets
    pieces.forget(session, made.id)


def _words(line: int | None, message: str) -> str:
    return message if line is None else f"Line {line}: {message}"


def _forget_lines(session: Session, made: SubscriberImport) -> None:
    pieces.forget(session, made.id)
    session.execute(delete(ImportRow).where(ImportRow.import_id == made.id))


def _begin(session: Session, made: SubscriberImport, event: ImportEvent) -> SubscriberImport:
    _move(made, event)
    made.place = 0
    ring_later(session, go_on_with_import(made.id))
    session.flush()
    return made


def _move(made: SubscriberImport, event: ImportEvent) -> None:
    made.state = IMPORT.after(made.state, event)


def _held(session: Session, import_id: int) -> SubscriberImport:
    wanted = select(SubscriberImport).where(SubscriberImport.id == import_id)
    made = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if made is None:
        raise NotFound("There is no such import.")
    return made
