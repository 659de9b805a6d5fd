"""Plain text, as pasted from a web page or written in an editor, as lines of a statement."""

import re
from collections.abc import Iterator
from itertools import pairwise

from app.services.statement_reader.dates import whole_date
from app.services.statement_reader.draft import StatementDraft
from app.services.statement_reader.escaping import escape_line, squeeze
from app.services.statement_reader.lines import Line
from app.services.statement_reader.placing import place

_NARROWEST, _WIDEST = 40, 100
_SHORT = 60
_ENDS_SENTENCE = re.compile(r"[.!?:;…][\"'”’»)]*$")
_BULLET = re.compile(r"[•·‣▪–*+-]\s")

Group = list[tuple[int, str]]


def read_plain_text(text: str, draft: StatementDraft) -> None:
    """Find the parts of a statement in plain text; every mark in it will show as typed."""
    lines = list(_lines(text))
    place(lines, draft)
    bullets = [line for line in lines if _BULLET.match(line.text)]
    if len(bullets) > 1:
        draft.notes.append(
            f"{len(bullets)} lines begin with a bullet or a dash{bullets[0].place} and are kept as typed. To make them "
            "a list that screen readers announce, begin each with “- ” in the editor."
        )


def _lines(text: str) -> Iterator[Line]:
    groups = list(_groups(text))
    wrapped = any(len(group) >= 3 and _is_wrapped(group) for group in groups)
    for group in groups:
        if wrapped and len(group) > 1 and _is_wrapped(group):
            texts = [line for _, line in group]
            yield Line(" ".join(texts), "\n".join(map(escape_line, texts)), group[0][0])
        else:
            yield from _single_lines(group)


def _groups(text: str) -> Iterator[Group]:
    """Part the text at blank lines; a line that is a date stands alone."""
    group: Group = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = squeeze(raw)
        alone = len(line) < _SHORT and whole_date(line) is not None
        if group and (not line or alone):
            yield group
            group = []
        if alone:
            yield [(number, line)]
        elif line:
            group.append((number, line))
    if group:
        yield group


def _is_wrapped(group: Group) -> bool:
    """Whether an editor broke these lines: none had room for the first word of the next."""
    texts = [line for _, line in group]
    width = max(map(len, texts))
    if not _NARROWEST <= width <= _WIDEST:
        return False
    return all(len(line) + 1 + len(following.split()[0]) > width for line, following in pairwise(texts))


def _single_lines(group: Group) -> Iterator[Line]:
    """Each line is a paragraph, but short ones in a row (an address, say) stay together."""
    before = False
    for number, line in group:
        short = len(line) <= _SHORT and not _ENDS_SENTENCE.search(line) and not (line.isupper() and " " in line)
        yield Line(line, escape_line(line), number, glued=short and before)
        before = short
