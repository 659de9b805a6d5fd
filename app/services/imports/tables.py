"""Readers of CSV: of any program's, of our own, and of the exports of listmonk and Mailchimp."""

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from app.errors import Invalid, Problem
from app.models import SuppressionReason
from app.services.imports.columns import Columns, plain
from app.services.imports.lines import Lines
from app.services.imports.mailboxes import name_and_address, split_name
from app.services.imports.record import Record, standing
from app.services.imports.refusals import Refusal

_NO = frozenset({"", "0", "no", "false", "never", "null", "none"})
_LONGEST_CELL = 200_000
_LISTMONK, _MAILCHIMP = ("uuid", "email", "status"), ("emailaddress",)
_FILES = {
    "nonsubscribed": Refusal.UNCONFIRMED_THERE,
    "unsubscribed": Refusal.LEFT_THERE,
    "cleaned": Refusal.BOUNCED_THERE,
}
_OURS = tuple(map(plain, ("confirmed", "not_confirmed", "left", "not_written_to_because")))
_SUPPRESSED: Mapping[str, Refusal] = {
    SuppressionReason.HARD: Refusal.BOUNCED_THERE,
    SuppressionReason.INACTIVE: Refusal.BOUNCED_THERE,
    SuppressionReason.SOFT_LIMIT: Refusal.BOUNCED_THERE,
    SuppressionReason.COMPLAINT: Refusal.COMPLAINED_THERE,
    SuppressionReason.ADMIN: Refusal.COMPLAINED_THERE,
}


def table(lines: Lines, first_line: str, name: str, topics: Collection[str]) -> Iterator[Record]:
    """People in any CSV file whose first line names its columns, or holds an address."""
    del name
    columns = Columns.of(first_line)
    if set(_OURS) <= set(columns.headings):
        ours = [columns.headings.index(heading) for heading in _OURS]
        return _people(lines, columns, lambda row: _standing_here(row, ours, topics))
    return _people(lines, columns, lambda row: _standing(columns, row))


def listmonk(lines: Lines, first_line: str, name: str, topics: Collection[str]) -> Iterator[Record]:
    """People in the file that listmonk exports: `uuid,email,name,attributes,status,created_at,updated_at`."""
    del name, topics
    columns = _expected(first_line, _LISTMONK, "listmonk")
    return _people(lines, columns, lambda row: standing(columns.cell(row, "standing")))


def mailchimp(lines: Lines, first_line: str, name: str, topics: Collection[str]) -> Iterator[Record]:
    """People in one of the files that Mailchimp exports for an audience.

    Who unsubscribed or was cleaned stands in a file of their own, which has a column for when that was; the file of
    those who never subscribed differs by its name alone.
    """
    del topics
    columns = _expected(first_line, _MAILCHIMP, "Mailchimp")
    whole = next((refusal for word, refusal in _FILES.items() if word in name.lower()), None)
    if whole is None:
        whole = Refusal.LEFT_THERE if "left" in columns.places else None
        whole = Refusal.BOUNCED_THERE if "bounced" in columns.places else whole
    return _people(lines, columns, lambda row: whole or _standing(columns, row))


def _expected(first_line: str, headings: Sequence[str], program: str) -> Columns:
    columns = Columns.of(first_line)
    if missing := [heading for heading in headings if heading not in columns.headings]:
        words = f"This is not what {program} exports: no column is called “{missing[0]}”. Choose “CSV”."
        raise Invalid(Problem(words, field="file", line=1))
    return columns


def _people(lines: Lines, columns: Columns, refusal_of: Callable[[Sequence[str]], Refusal | None]) -> Iterator[Record]:
    csv.field_size_limit(_LONGEST_CELL)
    rows = csv.reader(lines, delimiter=columns.delimiter)
    is_before_people = lines.number == 0 and columns.has_headings
    while True:
        line = lines.number + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            words = "What begins here can't be read. A quotation mark is opened and not closed, perhaps. Mend the line."
            raise Invalid(Problem(words, field="file", line=line)) from error
        if row is None:
            return
        if not any(cell.strip() for cell in row):
            continue
        if not is_before_people:
            yield _person(line, columns, row, refusal_of(row))
        is_before_people = False


def _person(line: int, columns: Columns, row: Sequence[str], refusal: Refusal | None) -> Record:
    called, address = name_and_address(columns.cell(row, "address"))
    first, last = columns.cell(row, "first_name"), columns.cell(row, "last_name")
    if not (first or last):
        first, last = split_name(columns.cell(row, "name") or called)
    return Record(line, address, first, last, columns.cell(row, "language"), refusal)


def _standing(columns: Columns, row: Sequence[str]) -> Refusal | None:
    """Every column counts that can speak against somebody: an active customer may have left the newsletter."""
    if any(cell.casefold() not in _NO for cell in columns.cells(row, "left")):
        return Refusal.LEFT_THERE
    if any(cell.casefold() not in _NO for cell in columns.cells(row, "bounced")):
        return Refusal.BOUNCED_THERE
    return next(filter(None, map(standing, columns.cells(row, "standing"))), None)


def _standing_here(row: Sequence[str], places: Sequence[int], topics: Collection[str]) -> Refusal | None:
    """What our own export says (`subscriber_export.HEADER`), which other programs could have written as well.

    Who left something there may come only to what is called as what they confirmed.
    """
    confirmed, waits, left, because = (row[place].strip() if place < len(row) else "" for place in places)
    if because:
        return _SUPPRESSED.get(because, Refusal.LEFT_THERE)
    if confirmed and (not (left or waits) or set(topics) <= set(confirmed.split())):
        return None
    return Refusal.LEFT_THERE if left or not waits else Refusal.UNCONFIRMED_THERE
