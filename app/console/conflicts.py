"""Two people changed the same words: each field that differs, side by side, and what becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.services.statements.differences import Piece, words_changed
from app.services.statements.merging import merged

MINE, THEIRS, BOTH = "mine", "theirs", "both"
_LONG = ("standfirst", "easy_summary", "body")


@dataclass(frozen=True, slots=True)
class Differing:
    """One field in which two versions differ; `chosen` is what is proposed, `contradicts` that both can't be had."""

    name: str
    label: str
    theirs: Sequence[Piece]
    mine: Sequence[Piece]
    chosen: str
    can_be_both: bool = False
    contradicts: bool = False


def differing(
    mine: Mapping[str, str], theirs: Mapping[str, str], base: Mapping[str, str] | None, labels: Mapping[str, str]
) -> list[Differing]:
    """The fields in which mine and theirs differ; `base` is what both began with, as far as it was kept."""
    found = []
    for name, label in labels.items():
        if name in mine and name in theirs and mine[name] != theirs[name]:
            found.append(_differing(name, label, mine[name], theirs[name], base.get(name) if base else None))
    return found


def put_together(name: str, mine: str, theirs: str, base: str | None, choice: str) -> str:
    """The text of a field after somebody chose what becomes of it."""
    if choice == THEIRS:
        return theirs
    if choice == BOTH and base is not None and name in _LONG:
        return merged(base, mine, theirs).text
    return mine


def _differing(name: str, label: str, mine: str, theirs: str, base: str | None) -> Differing:
    pieces = words_changed(theirs, mine)
    only_theirs = [piece for piece in pieces if piece.kind != "added"]
    only_mine = [piece for piece in pieces if piece.kind != "removed"]
    if base is None or base in (mine, theirs) or name not in _LONG:
        chosen = THEIRS if mine == base else MINE
        return Differing(name, label, only_theirs, only_mine, chosen)
    together = merged(base, mine, theirs)
    chosen = BOTH if together.clean else MINE
    return Differing(name, label, only_theirs, only_mine, chosen, can_be_both=True, contradicts=not together.clean)
