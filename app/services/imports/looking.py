"""Looking at imports: the list, how far one is, and what its lines say."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.models import ImportRow, ImportState, ImportVerdict, SubscriberImport

SHOWN = 50
SAMPLES = 5
_AT_ONCE = 1000


def newest(session: Session, limit: int = SHOWN) -> Sequence[SubscriberImport]:
    """The last imports, newest first."""
    return session.scalars(select(SubscriberImport).order_by(SubscriberImport.id.desc()).limit(limit)).all()


def percent(made: SubscriberImport) -> int:
    """How much of what is being done now is done: of reading by the file's size, else by people."""
    if made.state in {ImportState.UPLOADED, ImportState.READING}:
        done, whole = made.octets_read, made.octets
    elif made.state in {ImportState.UNDOING, ImportState.UNDONE}:
        done, whole = made.taken_back, made.applied
    else:
        done, whole = made.applied, made.added
    return min(100, 100 * done // whole) if whole else 100


def samples(session: Session, made: SubscriberImport, verdict: ImportVerdict) -> Sequence[ImportRow]:
    """The first people with this verdict."""
    return session.scalars(_lines(made, verdict).limit(SAMPLES)).all()


def reasons(session: Session, made: SubscriberImport) -> Sequence[tuple[str, int]]:
    """Why lines are refused, and how many for each reason, most frequent first."""
    number = func.count()
    wanted = select(ImportRow.reason, number).where(
        ImportRow.import_id == made.id, ImportRow.verdict == ImportVerdict.REFUSED
    )
    found = session.execute(wanted.group_by(ImportRow.reason).order_by(number.desc(), ImportRow.reason).limit(SHOWN))
    return [(reason, counted) for reason, counted in found]


def refused(session: Session, made: SubscriberImport, *, after: int = 0) -> Sequence[ImportRow]:
    """A page of the refused lines, in their order, behind a line; one more than are shown if there are more."""
    return session.scalars(_lines(made, ImportVerdict.REFUSED).where(ImportRow.line > after).limit(SHOWN + 1)).all()


def everything_refused(session: Session, made: SubscriberImport) -> Iterator[ImportRow]:
    """All refused lines, in their order, read as they are needed."""
    wanted = _lines(made, ImportVerdict.REFUSED).execution_options(yield_per=_AT_ONCE)
    yield from session.scalars(wanted)


def _lines(made: SubscriberImport, verdict: ImportVerdict) -> Select[ImportRow]:
    mine = ImportRow.import_id == made.id, ImportRow.verdict == verdict
    return select(ImportRow).where(*mine).order_by(ImportRow.line)
