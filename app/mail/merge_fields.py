r"""Merge fields: what an author writes where each reader's own name or address belongs.

`{{ first_name }}`, or `{{ first_name | friend }}` with a word for readers whose name we don't know; the fields are a
fixed list, and nothing is ever evaluated. `\{{` is two braces that mean nothing. In a mail each token becomes a slot
(see `app.mail.encoding`), whose name carries the fallback, so that an edition needs nothing but itself. Wherever
everybody reads the same, the fallback stands.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from app.errors import Problem
from app.mail.encoding import SLOT_CLOSE, SLOT_OPEN, slot
from app.mail.language import one_line

FIELDS = ("first_name", "last_name", "email")
LONGEST_VALUE = 80
HOW = (
    "There are {{ first_name }}, {{ last_name }} and {{ email }}, also with a word for readers whose name is unknown: "
    "{{ first_name | friend }}. Braces that are only braces are written \\{{."
)
IN_ADDRESS = "A merge field can't stand in a web address or link; readers' names must not get into logs. Take it out."
_TOKEN = re.compile(
    r"\\\{\{|\{\{(?:\s{0,20}(?P<field>[a-z_]{1,40})\s{0,20}"
    r"(?:\\?\|(?P<fallback>(?:[^{}|\n]|\n(?![ \t]*\n)){0,200}))?\}\})?"
)
_WRITTEN = re.compile(r"\{\{[^{}\n]{0,40}\}\}?|\{\{[ \t]?[^\s{}]{0,40}")
_NAME = re.compile(r"[^{}|]*")
_SLOT = re.compile(f"{SLOT_OPEN}([a-z_]+?)(?:__((?:[0-9a-f][0-9a-f])*))?{SLOT_CLOSE}")
_ADDRESS_WITH_SLOT = re.compile(
    rf"(?:https?://|www\.|mailto:|tel:)[^\s<>{SLOT_OPEN}]*{SLOT_OPEN}t([0-9]+)", re.IGNORECASE
)
_EMPTY_BEFORE_MARK = re.compile(f" {SLOT_OPEN}[a-z_]+{SLOT_CLOSE}(?=[,.;:!?])")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NEVER_FIRST = {"\u200d", "\ufe0e", "\ufe0f"}


@dataclass(frozen=True, slots=True)
class MergeField:
    """One token: which of the reader's values, and what stands for it where there is none."""

    name: str
    fallback: str = ""


def problems(text: str, field: str) -> list[Problem]:
    """What is wrong with the tokens of a text that an author wrote for `field`: where, and what may be used."""
    faults = [*_faults(text), *((at, IN_ADDRESS) for at in _in_addresses(text))]
    return [explained(text, field, at, words) for at, words in sorted(faults)]


def explained(text: str, field: str, at: int, words: str) -> Problem:
    """A problem with the token at an offset of a text, by its line if there are several."""
    line = f"Line {text.count(chr(10), 0, at) + 1}: " if "\n" in text.strip() else ""
    return Problem(f"{line}{words}", field=field)


def numbered(text: str) -> tuple[str, list[int]]:
    """The text with a slot of its own for each token, "t0", "t1" and so on, and the offsets of the tokens in it."""
    found = [match for match in _TOKEN.finditer(text) if match["field"] in FIELDS]
    pieces, at = [], 0
    for number, match in enumerate(found):
        pieces += [text[at : match.start()], slot(f"t{number}")]
        at = match.end()
    return "".join([*pieces, text[at:]]), [match.start() for match in found]


def open_slots(text: str) -> str:
    """Turn each token into a slot. What is no token stays as it is: `problems` is asked when a text is saved."""
    return _TOKEN.sub(_as_slot, text)


def for_everybody(text: str) -> str:
    """The text where everybody reads the same: fallbacks in place of tokens, no blank left before a full stop."""
    return close_slots(open_slots(text)) if "{{" in text else text


def close_slots(text: str) -> str:
    """Put the fallbacks in place of the slots of merge fields."""
    return _SLOT.sub(lambda match: _fallback(match[2]), _EMPTY_BEFORE_MARK.sub("", text))


def has_merge_fields(*texts: str) -> bool:
    """Whether there are slots of merge fields in any of these."""
    return any(match[1] in FIELDS for text in texts for match in _SLOT.finditer(text))


def merge_field(slot_name: str) -> MergeField | None:
    """The merge field that a slot stands for; None for other slots, such as a link of the reader's own."""
    name, _, fallback = slot_name.partition("__")
    return MergeField(name, _fallback(fallback)) if name in FIELDS else None


@lru_cache(maxsize=8192)
def value(text: str) -> str:
    """A reader's value as it may stand in a mail: NFC, one line, no controls or direction marks, 80 characters."""
    tidy = unicodedata.normalize("NFC", one_line(_DIRECTION.sub("", text)))
    end = min(len(tidy), LONGEST_VALUE)
    while 0 < end < len(tidy) and (unicodedata.category(tidy[end])[0] == "M" or tidy[end] in _NEVER_FIRST):
        end -= 1
    return tidy[:end].strip()


def _as_slot(match: re.Match[str]) -> str:
    if match[0] == "\\{{":
        return "{{"
    if match["field"] not in FIELDS:
        return match[0]
    fallback = value(match["fallback"] or "")
    return slot(f"{match['field']}__{fallback.encode().hex()}" if fallback else match["field"])


def _fallback(written: str | None) -> str:
    return bytes.fromhex(written or "").decode("utf-8", "replace")


def _in_addresses(text: str) -> list[int]:
    """Where a token stands in what mail programs make a link of."""
    if "{{" not in text:
        return []
    marked, places = numbered(text)
    return [places[int(match[1])] for match in _ADDRESS_WITH_SLOT.finditer(marked)]


def _faults(text: str) -> Iterator[tuple[int, str]]:
    """Where something looks like a token and is none, and what to say about it; how it is done is said once."""
    how = f" {HOW}"
    for match in _TOKEN.finditer(text):
        if match[0] == "\\{{":
            continue
        if match["field"] not in FIELDS:
            yield match.start(), _is_none(text, match.start()) + how
            how = ""
        elif len(" ".join((match["fallback"] or "").split())) > LONGEST_VALUE:
            yield match.start(), f"The words after the bar are too long: at most {LONGEST_VALUE} characters fit."


def _is_none(text: str, at: int) -> str:
    written = _WRITTEN.match(text, at)
    shown = written[0].strip() if written else "{{"
    named = _NAME.match(shown, 2)
    near = get_close_matches("_".join((named[0] if named else "").lower().split()), FIELDS, n=1, cutoff=0.75)
    if near and not shown.endswith("}}"):
        return f"“{shown}” is not closed; write {{{{ {near[0]} }}}}."
    hint = f" Did you mean {{{{ {near[0]} }}}}?" if near else ""
    return f"“{shown}” is no merge field.{hint}"
