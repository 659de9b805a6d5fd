"""The common ground of plain text and HTML: lines that a reader would see, in order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "heading", "other"]


@dataclass(frozen=True, slots=True)
class Line:
    """One visible line or paragraph: `text` as read, `markdown` as written into the body.

    `number` is its line in the file (None in HTML). `glued` means that it continues the paragraph of the line
    before it after a line break. Only "text" and "heading" may be placed in a field; "other" is a list,
    a table, a quotation and so on. `lead` marks what the page itself calls its lead.
    """

    text: str
    markdown: str
    number: int | None = None
    kind: Kind = "text"
    glued: bool = False
    lead: bool = False

    @property
    def place(self) -> str:
        """Where it stands, in words for a note; empty in HTML."""
        return f" (line {self.number})" if self.number is not None else ""

    @property
    def last_number(self) -> int | None:
        """The line in the file on which it ends: a wrapped paragraph goes on over several (None in HTML)."""
        return None if self.number is None else self.number + self.markdown.count("\n")


def compose(lines: Sequence[Line], left_out: Collection[int] = ()) -> str:
    """Write the lines as one Markdown text, without those whose index is in `left_out`."""
    written: list[str] = []
    previous = -2
    for index, line in enumerate(lines):
        if index in left_out:
            continue
        if line.glued and previous == index - 1:
            written += ["\\\n", line.markdown]
        else:
            written += ["\n\n", line.markdown] if written else [line.markdown]
        previous = index
    return "".join(written)


def quote(lines: Sequence[Line]) -> str:
    """Quote lines in a note: where they stand and what they say."""
    words = " / ".join(line.text for line in lines)
    numbers = [line.number for line in lines if line.number is not None]
    if not numbers:
        return f"“{words}”"
    where = f"line {numbers[0]}" if len(numbers) == 1 else f"lines {numbers[0]} to {numbers[-1]}"
    return f"“{words}” ({where})"
