"""What changed between two versions of a statement, word by word."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from app.services.languages import TRANSLATED
from app.services.statement_texts import LIMITS

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_LINES = re.compile(r"[^\n]*\n+|[^\n]+")
_MOST_WORDS = 3000
OTHERS = ("issued_on", "language", "topics", "image", "image_is_decorative", "correction")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that is the same in both, or only in the later or the earlier one."""

    kind: Literal["same", "added", "removed"]
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs; `language` is that of its words, empty for what has none."""

    name: str
    language: str
    pieces: Sequence[Piece]


def words_changed(before: str, after: str) -> list[Piece]:
    """From one text to another: the lines that differ are compared word by word."""
    return _joined(_compared(_LINES.findall(before), _LINES.findall(after), deeper=True))


def fields_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """From one kept version to another: the fields that differ, the original's first, then each translation's."""
    changes = []
    for name in (*LIMITS, *OTHERS):
        old, new = _readable(before, name), _readable(after, name)
        if old != new:
            changes.append(Change(name, str(after.get("language", "")), words_changed(old, new)))
    said, says = before.get("translations", {}), after.get("translations", {})
    for language in sorted({*said, *says}):
        for name in TRANSLATED:
            old, new = said.get(language, {}).get(name, ""), says.get(language, {}).get(name, "")
            if old != new:
                changes.append(Change(name, language, words_changed(old, new)))
    return changes


def _readable(kept: Mapping[str, Any], name: str) -> str:
    """A field as a text that can be compared; pictures are named by their ids."""
    if name == "topics":
        return ", ".join(str(topic["name"]) for topic in kept.get("topics", []))
    if name == "image":
        return str(kept.get("image_id") or "")
    value = kept.get(name, "")
    return str(value) if isinstance(value, str) else ("yes" if value else "")


def _compared(before: Sequence[str], after: Sequence[str], *, deeper: bool) -> Iterator[Piece]:
    for operation, i1, i2, j1, j2 in SequenceMatcher(None, before, after).get_opcodes():
        old, new = "".join(before[i1:i2]), "".join(after[j1:j2])
        if operation == "equal":
            yield Piece("same", old)
        elif operation == "replace" and deeper:
            yield from _by_word(old, new)
        else:
            yield Piece("removed", old)
            yield Piece("added", new)


def _by_word(old: str, new: str) -> Iterator[Piece]:
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(before), len(after)) > _MOST_WORDS:
        yield Piece("removed", old)
        yield Piece("added", new)
    else:
        yield from _compared(before, after, deeper=False)


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    """Neighbours of one kind as one piece."""
    joined: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if joined and joined[-1].kind == piece.kind:
            joined[-1] = Piece(piece.kind, joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return joined
