"""Two people changed one text: what each of them changed goes into one, as far as they don't contradict each other."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_PARTS = re.compile(r"\n{2,}|(?:(?!\n\n).)+", re.DOTALL)
_BREAK = "\n\n"


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged text; where it is not `clean`, both have changed the same paragraph, and both stand in it."""

    text: str
    clean: bool


def merged(base: str, mine: str, theirs: str) -> Merged:
    """Merge two texts that began as `base`, paragraph by paragraph; of a contradiction mine stands first."""
    original, first, second = (_PARTS.findall(text) for text in (base, mine, theirs))
    written: list[str] = []
    clean = True
    at = (0, 0, 0)
    for ends, length in _shared(original, first, second):
        was, one, other = (
            part[start:end] for part, start, end in zip((original, first, second), at, ends, strict=True)
        )
        if one in (was, other):
            written += other
        elif other == was:
            written += one
        else:
            written += [*one, _BREAK, *other]
            clean = False
        written += original[ends[0] : ends[0] + length]
        at = (ends[0] + length, ends[1] + length, ends[2] + length)
    text = "".join(written).strip("\n")
    return Merged(text if clean else re.sub(r"\n{3,}", _BREAK, text), clean)


def _shared(
    base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[tuple[int, int, int], int]]:
    """Where a run of paragraphs and breaks is the same in all three, and how long it is; last the ends of all three."""
    ours = SequenceMatcher(None, base, mine).get_matching_blocks()
    others = SequenceMatcher(None, base, theirs).get_matching_blocks()
    i = j = 0
    while i < len(ours) and j < len(others):
        start = max(ours[i].a, others[j].a)
        end = min(ours[i].a + ours[i].size, others[j].a + others[j].size)
        if start < end:
            yield (start, ours[i].b + start - ours[i].a, others[j].b + start - others[j].a), end - start
        if ours[i].a + ours[i].size < others[j].a + others[j].size:
            i += 1
        else:
            j += 1
    yield (len(base), len(mine), len(theirs)), 0
