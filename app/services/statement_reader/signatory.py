"""Who signs: the name and role at the end of the statement, before the contact and the notes to editors."""

import re
from collections.abc import Sequence

from app.services.statement_reader.draft import MAX_NAME, StatementDraft
from app.services.statement_reader.lines import Line, quote
from app.services.statement_reader.people import looks_like_name, may_be_role, names_a_role, split_name_and_role

_END_MARK = re.compile(r"(?:[-–—#*•/ ]{0,6}(?:ends?|fin|ende|30)[-–—#*•/ ]{0,6}|#[# ]{1,8})\.?", re.IGNORECASE)
_BACK_MATTER = re.compile(
    r"(?:notes?\s(?:to|for)\s(?:the\s)?editors?|about\s|à propos|über\s|sobre\s|note aux rédactions|"
    r"hinweise?\s(?:an|für)\s(?:die\s)?redaktion|notas?\s(?:a|para)\s|acerca\sde)",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"(?:[–—―]\s{0,2}|--?\s{1,2}|(?:signed(?:\sby)?|signé(?:\spar)?|gez(?:eichnet)?|firmado(?:\spor)?)\b[.:]?\s{0,2})",
    re.IGNORECASE,
)
_LONGEST = 160
_OPENING = 20
_MOST_ANCHORS = 20


def is_end_mark(text: str) -> bool:
    """Whether a line only says that the text ends here ("ENDS", "###", "-30-")."""
    return bool(_END_MARK.fullmatch(text))


def place_signatory(lines: Sequence[Line], taken: set[int], contact: int | None, draft: StatementDraft) -> set[int]:
    """Read the signatory; give the indexes of the lines that it took up, if any.

    Lines in `taken` have their place already, and the first of the others is always body. The signatory is
    looked for right before the contact, before an end mark or back matter, and in the last lines.
    """
    start = next((index for index in range(len(lines)) if index not in taken), len(lines))
    for anchor in _anchors(lines, start, contact):
        for count in (3, 2, 1):
            chosen = list(range(anchor - count, anchor))
            if chosen[0] <= start or any(i in taken or lines[i].kind == "other" for i in chosen):
                continue
            signature = [lines[index] for index in chosen]
            context = "\n".join(line.text for index, line in enumerate(lines[:_OPENING]) if index not in chosen)
            person = _person([line.text for line in signature], f"{draft.standfirst}\n{context}")
            if person:
                draft.signatory_name, draft.signatory_role = person
                draft.notes.append(f"The signatory was read from {quote(signature)}.")
                return set(chosen)
    return set()


def _anchors(lines: Sequence[Line], start: int, contact: int | None) -> list[int]:
    found = {contact} if contact is not None else set()
    for index in range(start + 1, len(lines)):
        text = lines[index].text
        if is_end_mark(text) or (len(text) <= _LONGEST and _BACK_MATTER.match(text)):
            found.add(index)
    return [*sorted(found)[:_MOST_ANCHORS], len(lines)]


def _person(texts: list[str], context: str) -> tuple[str, str] | None:
    if any(len(text) > _LONGEST for text in texts):
        return None
    mark = _SIGNED.match(texts[0])
    first = texts[0][mark.end() :].strip() if mark else texts[0]
    if len(texts) > 1:
        return _stacked(first.rstrip(", "), [text.rstrip(", ") for text in texts[1:]])
    return _one_line(first, signed=bool(mark), context=context)


def _stacked(name: str, roles: list[str]) -> tuple[str, str] | None:
    """A name on its own line, then the role, and perhaps the organisation."""
    role = ", ".join(roles)
    fits = looks_like_name(name) and names_a_role(roles[0]) and all(may_be_role(part) for part in roles)
    return (name, role) if fits and len(role) <= MAX_NAME else None


def _one_line(text: str, *, signed: bool, context: str) -> tuple[str, str] | None:
    name, comma, role = (part.strip() for part in text.partition(","))
    if comma and looks_like_name(name) and (names_a_role(role) or (signed and may_be_role(role))):
        return name, role
    if signed and not comma and looks_like_name(text):
        return text, ""
    return split_name_and_role(text, context) if may_be_role(text) else None
