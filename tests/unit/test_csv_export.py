"""Tables as CSV: read back as they were by any reader, and run by no spreadsheet."""

import csv
import io
from datetime import datetime, timedelta, timezone

import pytest

from app.services import csv_export


def written(*rows, bom=False) -> str:
    return "".join(csv_export.rows(("name", "value"), rows, bom=bom))


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_what_is_written_is_read_back_as_it_was():
    rows = [["O'Brien, Siobhán", 'she said "no"'], ["two\r\nlines", "semi;colon"], ["", "مرحبا"], [" space ", "a,b"]]
    assert read(written(*rows)) == [["name", "value"], *rows]


def test_lines_end_as_rfc_4180_says_and_spreadsheets_see_that_it_is_utf_8():
    assert written(("a", "b"), bom=True) == "\ufeffname,value\r\na,b\r\n"


@pytest.mark.parametrize(
    "cell",
    ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\0=1", "＝1", "＋1", "－1", "＠x", " =1", "\n=1"],
)
def test_what_a_spreadsheet_would_take_for_a_formula_is_text(cell):
    ((_, value),) = read(written(("x", cell)))[1:]
    assert value.startswith("'")
    assert value.removeprefix("'") == cell.replace("\0", "\ufffd")


def test_numbers_moments_and_truths_are_written_plainly():
    moment = datetime(2026, 12, 1, 10, 30, tzinfo=timezone(timedelta(hours=1)))
    assert read(written((-5, moment), (True, None)))[1:] == [["-5", "2026-12-01T09:30:00+00:00"], ["yes", ""]]


def test_rows_are_written_as_they_come():
    def endless():
        yield ("a", 1)
        raise AssertionError("nobody asked for more")

    lines = csv_export.rows(("name", "value"), endless())
    assert next(lines)
    assert next(lines) == "a,1\r\n"
