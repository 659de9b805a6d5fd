"""From lines to the parts of a statement. What no rule is sure about stays in the body."""

import re
from collections.abc import Sequence

from app.services.statement_reader.contact import find_label, place_contact
from app.services.statement_reader.dates import date_within, whole_date
from app.services.statement_reader.draft import MAX_TITLE, StatementDraft
from app.services.statement_reader.languages import LANGUAGE_NAMES, guess_language
from app.services.statement_reader.lines import Line, compose, quote
from app.services.statement_reader.page_foot import note_page_foot
from app.services.statement_reader.signatory import is_end_mark, place_signatory

_RELEASE = re.compile(
    r"(?:for immediate (?:release|publication)|pour (?:diffusion|publication) immédiate|"
    r"(?:zur|für die) sofortigen? veröffentlichung|para (?:su )?(?:publicación|difusión) inmediata)[.:!]?",
    re.IGNORECASE,
)
_OPENER = re.compile(
    r"(?:below is|the following is|here is|(?:a |joint )?statement (?:issued )?(?:by|from|of)\b|in response to|"
    r"ci-dessous|voici|déclaration (?:de|du|d['’])|nachfolgend|im folgenden|"
    r"(?:erklärung|stellungnahme) (?:von|der|des)\b|"
    r"a continuación|declaración (?:de|del)\b)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?:…][\"'”’»)]*$")
_TOP = 6
_LONGEST_STANDFIRST = 400
_SHORTEST_STANDFIRST = 40
_DATELINE = 120


def place(lines: Sequence[Line], draft: StatementDraft) -> None:
    """Fill the draft from the lines; a title or date that is there already is kept.

    Each line ends in a field, in a note that quotes it, or in the body: none is lost.
    """
    taken = _place_marks(lines, draft)
    taken |= _place_title(lines, taken, draft)
    taken |= _place_dates(lines, taken, draft)
    taken |= _place_standfirst(lines, taken, draft)
    start = _first_free(lines, taken)
    label = find_label(lines[start:])
    contact = start + label if label is not None else None
    if contact is not None:
        taken |= place_contact(lines, contact, draft)
    taken |= place_signatory(lines, taken, contact, draft)
    if contact is not None:
        note_page_foot(lines, taken, contact, draft)
    draft.body = compose(lines, taken)
    _note_dateline(lines[start : start + 1], draft)
    _guess_language(lines, draft)


def _place_marks(lines: Sequence[Line], draft: StatementDraft) -> set[int]:
    """Leave out what speaks to journalists about the paper itself, and say so."""
    marks = [
        index
        for index, line in enumerate(lines)
        if line.kind != "other"
        and (_RELEASE.fullmatch(line.text) or (index * 2 > len(lines) and is_end_mark(line.text)))
    ]
    for index in marks:
        draft.notes.append(f"Left out, because it isn't for readers: {quote([lines[index]])}.")
    return set(marks)


def _place_title(lines: Sequence[Line], taken: set[int], draft: StatementDraft) -> set[int]:
    if draft.title:
        return set()
    for index, line in enumerate(lines[:_TOP]):
        if index in taken or (line.kind != "other" and whole_date(line.text)):
            continue
        sentence = len(line.text) > 120 and _SENTENCE_END.search(line.text)
        if line.kind == "other" or len(line.text) > MAX_TITLE or sentence:
            return set()
        draft.title = line.text
        return {index}
    return set()


def _place_dates(lines: Sequence[Line], taken: set[int], draft: StatementDraft) -> set[int]:
    """Take the date from the lines near the top; the same date again is folded, another one stays in the body."""
    placed: list[int] = []
    for index, line in enumerate(lines[:_TOP]):
        value = whole_date(line.text) if index not in taken and line.kind != "other" else None
        if value is None:
            continue
        if draft.issued_on is None:
            draft.issued_on = value
        if value == draft.issued_on:
            placed.append(index)
        else:
            draft.notes.append(f"{quote([line])} is another date; it stays in the body.")
    if placed:
        source = quote([lines[index] for index in placed])
        folded = " It stands there more than once; one is kept." if len(placed) > 1 else ""
        draft.notes.append(f"The date of issue was read from {source}.{folded}")
    return set(placed)


def _place_standfirst(lines: Sequence[Line], taken: set[int], draft: StatementDraft) -> set[int]:
    index = _first_free(lines, taken)
    if draft.standfirst or index + 1 >= len(lines) or lines[index].kind != "text":
        return set()
    line, after = lines[index], lines[index + 1]
    shortest = 1 if line.lead else _SHORTEST_STANDFIRST
    unfinished = not _SENTENCE_END.search(line.text) and len(after.text) > len(line.text)
    if (
        after.glued
        or not shortest <= len(line.text) <= _LONGEST_STANDFIRST
        or not (line.lead or _OPENER.match(line.text) or unfinished)
    ):
        return set()
    draft.standfirst = line.text
    draft.notes.append(f"The standfirst was taken from the paragraph below the title{line.place}.")
    return {index}


def _note_dateline(first: Sequence[Line], draft: StatementDraft) -> None:
    """Take the date from "Geneva, 3 March 2026 – …" if nothing else gave one; the words stay where they are."""
    if draft.issued_on is None and first:
        draft.issued_on = date_within(first[0].text[:_DATELINE])
        if draft.issued_on:
            draft.notes.append(
                f"The date of issue was read from the first words of the text: {draft.issued_on.isoformat()}. "
                "They stay in the body."
            )


def _guess_language(lines: Sequence[Line], draft: StatementDraft) -> None:
    if draft.language is None:
        draft.language = guess_language("\n".join(line.text for line in lines))
        if draft.language:
            draft.notes.append(f"The language looks like {LANGUAGE_NAMES[draft.language]}. Please check.")


def _first_free(lines: Sequence[Line], taken: set[int]) -> int:
    return next((index for index in range(len(lines)) if index not in taken), len(lines))
