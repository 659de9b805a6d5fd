"""Mailman's lists of members: an address in each line, or the printed configuration of a list of Mailman 2.

`list_members --fullnames NAME` of Mailman 2 and `mailman members NAME` of Mailman 3 write `Ana Lima <ana@example.org>`.
`dumpdb config.pck` prints a dictionary; of it, three entries say who is a member. The pickle itself is never opened:
that would run what is in it.
"""

import re
from collections.abc import Collection, Iterator

from app.errors import Invalid, Problem
from app.services.imports.lines import Lines
from app.services.imports.mailboxes import name_and_address, split_name
from app.services.imports.record import Record
from app.services.imports.refusals import Refusal

_SECTION = re.compile(r"""[\s{]*b?(['"])(?P<name>\w+)\1\s*:""")
_ADDRESS = r"""b?(['"])(?P<{0}>(?:(?!\{1}).)+@(?:(?!\{1}).)+)\{1}"""
_MEMBER = re.compile(rf"{_ADDRESS.format('key', 1)}\s*:\s*(?:{_ADDRESS.format('kept', 3)}|\(?(?P<why>\d+))?")
_MEMBERS, _OFF = ("members", "digest_members"), "delivery_status"
_BY_BOUNCE = "4"
_DUMP = "dump"


def roster(lines: Lines, first_line: str, name: str, topics: Collection[str]) -> Iterator[Record]:
    """The members, in the order of the file; those to whom Mailman sends nothing are refused."""
    del name, topics
    is_dump = first_line.lstrip().startswith("{") or bool(_SECTION.match(first_line))
    if not is_dump and ("," in first_line or ";" in first_line) and "<" not in first_line:
        words = "This is a table, not a list with one address in each line. Choose “CSV” for it."
        raise Invalid(Problem(words, field="file", line=1))
    return _dumped(lines) if is_dump else _listed(lines)


def _listed(lines: Lines) -> Iterator[Record]:
    for text in lines:
        if text.strip() and not text.lstrip().startswith("#"):
            called, address = name_and_address(text.strip())
            yield Record(lines.number, address, *split_name(called))


def _dumped(lines: Lines) -> Iterator[Record]:
    """`lines.section` remembers between two lines whose entries they are."""
    for text in lines:
        begins = _SECTION.match(text)
        if begins is not None:
            lines.section = begins["name"][:40]
        if lines.section in {*_MEMBERS, _OFF}:
            for member in _MEMBER.finditer(text, begins.end() if begins else 0):
                yield Record(lines.number, member["kept"] or member["key"], refusal=_refusal(lines.section, member))


def _refusal(section: str, member: re.Match[str]) -> Refusal | None:
    if section != _OFF:
        return None
    return Refusal.BOUNCED_THERE if member["why"] == _BY_BOUNCE else Refusal.OFF_THERE
