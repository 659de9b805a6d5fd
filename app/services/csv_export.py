"""Tables as CSV (RFC 4180), so that a spreadsheet opens them and runs nothing of what stands in them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

BOM = "\ufeff"
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")
_QUOTED = frozenset('",;\r\n\t ')


def rows(header: Sequence[str], rows: Iterable[Sequence[object]], *, bom: bool = True) -> Iterator[str]:
    """The lines of a file, its header first, each with CRLF at its end.

    With `bom` it begins with the mark by which spreadsheets know UTF-8. Moments are written in UTC as ISO 8601 does.
    A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection).
    """
    yield (BOM if bom else "") + _line(header)
    for row in rows:
        yield _line(row)


def _line(values: Sequence[object]) -> str:
    return f"{','.join(map(_cell, values))}\r\n"


def _cell(value: object) -> str:
    text = _text(value)
    if isinstance(value, str) and value.lstrip(" \n").startswith(_FORMULAS):
        text = f"'{text}"
    return '"{}"'.format(text.replace('"', '""')) if not _QUOTED.isdisjoint(text) else text


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return str(value).replace("\0", "\ufffd")
