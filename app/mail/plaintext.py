"""Plain text for people who read it, or hear it: lines that fit, and a page of HTML written without its tags.

Lines are at most 76 columns wide, counted as terminals do: East Asian wide characters take two.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from unicodedata import east_asian_width

from bs4 import NavigableString, Tag

from app.mail.encoding import SLOT_STAND_IN, hide_slots, show_slots

COLUMNS = 76
_SLOT_COLUMNS = 12
_SPACES = re.compile(r"[ \t\n\r\f]+")
_NEVER_FIRST = set("、。，．・：；？！）」』】〕〉》々ー…")
_NEVER_LAST = set("（「『【〔〈《")
_JOINERS = {"\u200d", "\ufe0e", "\ufe0f"}
_BLOCKS = {
    "p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "table", "hr", "div",
}  # fmt: skip


def wrap(text: str, *, first: str = "", rest: str = "", columns: int = COLUMNS) -> list[str]:
    """Break each line of `text` to the width; `first` and `rest` go before the first and the other lines.

    Web and mail addresses are never broken, however long they are. A slot counts as a name of usual length.
    """
    lines: list[str] = []
    text, slots = hide_slots(text)
    left = iter(slots)
    for line in text.split("\n"):
        lines += _fill(line, max(columns - max(width(first), width(rest)), 8))
    return [f"{rest if place else first}{show_slots(line, left)}".rstrip(" ") for place, line in enumerate(lines)]


def width(text: str) -> int:
    """Count the columns that a text takes."""
    if text.isascii():
        return len(text)
    return len(text) + sum(east_asian_width(c) in "WF" for c in text) + (_SLOT_COLUMNS - 1) * text.count(SLOT_STAND_IN)


def _fill(line: str, room: int) -> list[str]:
    filled = [""]
    for word in _SPACES.split(line.strip(" \t")):
        gap = " " if filled[-1] else ""
        left = room - width(filled[-1]) - len(gap)
        if width(word) <= left:
            filled[-1] += gap + word
        elif "://" in word or "@" in word or (_narrow(word) and len(word) <= room):
            filled.append(word)
        else:
            head, *tail = _cut(word, 0 if _narrow(word) else left, room)
            filled[-1] += gap + head if head else ""
            filled += tail
    return filled if filled[0] or len(filled) == 1 else filled[1:]


def _narrow(word: str) -> bool:
    word = word.replace(SLOT_STAND_IN, "x")
    return width(word) == len(word)


def _cut(word: str, left: int, room: int) -> list[str]:
    """Cut what has no spaces, such as a Chinese paragraph: first for the room left on a line, then for whole lines."""
    pieces = [word[: _place(word, left) or 0]]
    word = word[len(pieces[0]) :]
    while word:
        fitting = _place(word, room)
        end = max(_fitting(word, room), 1) if fitting is None else fitting
        pieces.append(word[:end])
        word = word[end:]
    return pieces


def _fitting(word: str, room: int) -> int:
    """How many characters fit."""
    used = 0
    for place, character in enumerate(word[: room + 1]):
        used += width(character)
        if used > room:
            return place
    return len(word[: room + 1])


def _place(word: str, room: int) -> int | None:
    """The last place where a line may end by the habits of East Asian type; None if there is none that fits."""
    end = _fitting(word, room)
    if end == len(word):
        return end
    for place in range(end, max(0, end - 8), -1):
        before, after = word[place - 1], word[place]
        joined = unicodedata.category(after)[0] == "M" or {before, after} & _JOINERS
        if not joined and not _narrow(before + after) and after not in _NEVER_FIRST and before not in _NEVER_LAST:
            return place
    return None


@dataclass(frozen=True, slots=True)
class _Block:
    lines: list[str]
    kind: str = "text"


@dataclass(slots=True)
class PlainTextWriter:
    """Writes sanitised HTML as plain text; addresses of links are numbered, after `before`, and listed at the end."""

    before: int = 0
    addresses: dict[str, int] = field(default_factory=dict)

    def write(self, root: Tag) -> str:
        """Give the text: blank lines between blocks, two before a heading."""
        lines = _join(self._blocks(root, COLUMNS))
        references = [f"[{number}] {address}" for address, number in self.addresses.items()]
        return "\n".join([*lines, *([""] if lines and references else []), *references]).strip("\n")

    def _blocks(self, node: Tag, columns: int) -> list[_Block]:
        """Divide a node's content; text between blocks becomes a paragraph of its own."""
        blocks: list[_Block] = []
        loose: list[str] = []
        for child in [*node.children, None]:
            if child is not None and not (isinstance(child, Tag) and _holds_block(child)):
                loose.append(self._inline(child) if isinstance(child, Tag) else _collapsed(str(child)))
                continue
            if text := _tidy("".join(loose)):
                blocks.append(_Block(wrap(text, columns=columns)))
            loose = []
            if isinstance(child, Tag):
                blocks += self._block(child, columns)
        return blocks

    def _block(self, node: Tag, columns: int) -> list[_Block]:
        match node.name:
            case "h2" | "h3" | "h4" | "h5" | "h6":
                blocks = [_Block(wrap(_tidy(self._inline(node)), columns=columns), "heading")]
            case "ul" | "ol":
                blocks = [_Block(self._list(node, columns), "list")]
            case "blockquote":
                quoted = _join(self._blocks(node, max(columns - 2, 20)))
                blocks = [_Block([f"> {line}".rstrip() for line in quoted])]
            case "pre":
                blocks = [_Block([f"    {line}".rstrip() for line in node.get_text().rstrip("\n").split("\n")])]
            case "table":
                blocks = [_Block(row) for row in self._rows(node, columns)]
            case "hr":
                blocks = [_Block(["* * *"])]
            case _:
                blocks = self._blocks(node, columns)
        return blocks

    def _list(self, node: Tag, columns: int) -> list[str]:
        number = int(str(node.get("start") or 1))
        items: list[list[str]] = []
        for child in node.children:
            marker = f"{number + len(items)}. " if node.name == "ol" else "- "
            room = max(columns - len(marker), 20)
            if isinstance(child, Tag):
                lines = _join(self._blocks(child, room), tight_lists=True)
            elif str(child).strip():
                lines = wrap(_flat(str(child)), columns=room)
            else:
                continue
            indent = " " * len(marker)
            items.append([f"{indent if row else marker}{line}".rstrip() for row, line in enumerate(lines or [""])])
        airy = any("" in item for item in items)
        return [line for place, item in enumerate(items) for line in ([""] if airy and place else []) + item]

    def _rows(self, node: Tag, columns: int) -> Iterator[list[str]]:
        """Read a table row by row, each cell with its column's heading, as one would read it out."""
        rows = [[_flat(self._inline(cell)) for cell in row.find_all(["th", "td"])] for row in node.find_all("tr")]
        heads = rows[0] if node.find("th") and rows else []
        if not rows and (loose := _flat(node.get_text())):
            yield wrap(loose, columns=columns)
        for row in rows[1 if len(rows) > 1 and heads else 0 :]:
            named = row if row is heads else [_named(heads, place, cell) for place, cell in enumerate(row)]
            if text := "; ".join(filter(None, named)):
                yield wrap(text, columns=columns, rest="  ")

    def _inline(self, node: Tag) -> str:
        """Give the text of inline content; line feeds are breaks that the author wanted."""
        if node.name == "br":
            return "\n"
        if node.name == "img":
            return f"[{node.get('alt')}]" if node.get("alt") else ""
        inner = "".join(
            self._inline(child) if isinstance(child, Tag) else _collapsed(str(child))
            for child in node.children
            if isinstance(child, Tag | NavigableString)
        )
        return self._link(inner, str(node["href"])) if node.name == "a" and node.get("href") else inner

    def _link(self, words: str, address: str) -> str:
        target = address.removeprefix("mailto:").partition("?")[0] if address.startswith("mailto:") else address
        if target in words or not words.strip():
            return words or target
        if not address.startswith("http"):
            return words if address.startswith("tel:") else f"{words} ({target})"
        return f"{words} [{self.addresses.setdefault(address, self.before + len(self.addresses) + 1)}]"


def _holds_block(node: Tag) -> bool:
    return node.name in _BLOCKS or any(isinstance(child, Tag) and child.name in _BLOCKS for child in node.descendants)


def _collapsed(text: str) -> str:
    return _SPACES.sub(" ", text)


def _tidy(text: str) -> str:
    return "\n".join(_SPACES.sub(" ", line).strip(" ") for line in text.strip().split("\n"))


def _flat(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _named(heads: list[str], place: int, cell: str) -> str:
    head = heads[place] if place < len(heads) else ""
    return f"{head}: {cell or '–'}" if head else cell


def _join(blocks: list[_Block], *, tight_lists: bool = False) -> list[str]:
    lines: list[str] = []
    for place, block in enumerate(blocks):
        if place and not (tight_lists and block.kind == "list"):
            lines += ["", ""] if block.kind == "heading" else [""]
        lines += block.lines
    return lines
