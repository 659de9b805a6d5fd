"""The next few thousand lines of a file: read, parsed, judged, entered."""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Invalid, Problem
from app.models import ImportReader, ImportRow, SubscriberImport, Topic
from app.services.imports import judging, pieces, rosters, tables
from app.services.imports.lines import Lines, Place
from app.services.imports.people import row_of
from app.services.imports.record import Record
from app.settings import Settings

AT_ONCE = 5_000
_LINES_BEFORE = 100
Reader = Callable[[Lines, str, str, Collection[str]], Iterator[Record]]
"""Reads lines, told the first one, the name of the file, and the short names of the topics that people are to get."""
READERS: Mapping[ImportReader, Reader] = {
    ImportReader.CSV: tables.table,
    ImportReader.LISTMONK: tables.listmonk,
    ImportReader.MAILCHIMP: tables.mailchimp,
    ImportReader.MAILMAN: rosters.roster,
}


def read_some(session: Session, settings: Settings, made: SubscriberImport) -> bool:
    """Enter the next lines with their verdicts; False if that was the last of them.

    Raises Invalid, with the line, if the file can't be read on; nothing is entered then.
    """
    place = Place(made.octets_read, made.place, made.section)
    records, place, is_over = _take(session, made, place)
    if not records and is_over and not made.octets_read:
        words = "There is nobody in this file: only a first line, or nothing at all. Choose another one."
        raise Invalid(Problem(words, field="file"))
    line = _last_line(session, made)
    rows = []
    for record in records:
        line = max(line + 1, record.line)
        rows.append(row_of(record, line, settings))
    if rows:
        judging.take_in(session, made, rows)
    made.octets_read, made.place, made.section = place.octets, place.line, place.section
    return not is_over


def _take(session: Session, made: SubscriberImport, place: Place) -> tuple[list[Record], Place, bool]:
    """The next records, where reading goes on after them, and whether none are left.

    A line is taken as a whole, whoever stands in it. The record that shows where a line ends is read again next time.
    """
    lines = Lines(pieces.read(session, made.id, place.octets), place)
    taken: list[Record] = []
    topics = session.scalars(select(Topic.slug).where(Topic.id.in_(made.topic_ids))).all()
    for record in READERS[made.reader](lines, _first_line(session, made), made.name, topics):
        if len(taken) >= AT_ONCE and record.line != taken[-1].line:
            return taken, place, False
        taken.append(record)
        place = lines.place
    return taken, lines.place, True


def _first_line(session: Session, made: SubscriberImport) -> str:
    """The first line that is not empty."""
    lines = Lines(pieces.read(session, made.id, 0), Place())
    return next((line for line in islice(lines, _LINES_BEFORE) if line.strip()), "")


def _last_line(session: Session, made: SubscriberImport) -> int:
    return session.scalar(select(func.max(ImportRow.line)).where(ImportRow.import_id == made.id)) or 0
