"""The lines of a stored file, one at a time, with the place of each: reading can go on after any of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.errors import Invalid, Problem

LONGEST_LINE = 1_000_000
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading goes on: behind this octet and line, in this section of the file if it has sections."""

    octets: int = 0
    line: int = 0
    section: str = ""


class Lines(Iterator[str]):
    """An iterator over lines with their ends. `section` is for readers of files that have some.

    A line is UTF-8 or else Windows-1252, whatever the others are, because many a list was put together from several.
    """

    def __init__(self, contents: Iterable[bytes], place: Place) -> None:
        self.octets, self.number, self.section = place.octets, place.line, place.section
        self._contents = iter(contents)
        self._buffer, self._at = b"", 0
        self._end = b"\n"

    @property
    def place(self) -> Place:
        """Behind the line that was given last."""
        return Place(self.octets, self.number, self.section)

    def __next__(self) -> str:
        raw = self._next_line()
        if not raw:
            raise StopIteration
        if self.octets == 0:
            self.octets, raw = (len(_BOM), raw[len(_BOM) :]) if raw.startswith(_BOM) else (0, raw)
        self.octets += len(raw)
        self.number += 1
        return _decoded(raw)

    def _next_line(self) -> bytes:
        """The octets up to the next end of a line; old files for the Mac have only carriage returns."""
        while (found := self._buffer.find(self._end, self._at)) < 0:
            if len(self._buffer) - self._at > LONGEST_LINE:
                if self._end == b"\n" and b"\r" in self._buffer[self._at :]:
                    self._end = b"\r"
                    continue
                words = "The line has more than a million characters. Is this a list with one person in each line?"
                raise Invalid(Problem(words, field="file", line=self.number + 1))
            more = next(self._contents, b"")
            if not more:
                return self._last_line()
            self._buffer, self._at = self._buffer[self._at :] + more, 0
        line = self._buffer[self._at : found + 1]
        self._at = found + 1
        return line

    def _last_line(self) -> bytes:
        rest = self._buffer[self._at :]
        if self._end == b"\n" and b"\r" in rest[:-1]:
            self._end = b"\r"
            return self._next_line()
        self._at = len(self._buffer)
        return rest


def _decoded(raw: bytes) -> str:
    """The line with one kind of end, and without what neither the database nor the reader of CSV bears."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    line = text.replace("\0", "")
    said = line.rstrip("\r\n")
    return said.replace("\r", " ") + ("\n" if said != line else "")
