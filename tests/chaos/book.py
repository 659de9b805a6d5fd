"""What the sink's book says: copies per Message-ID, refusals, and which faults struck."""

from collections import Counter
from pathlib import Path


class Book:
    """The book, read on as it grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._rest = b""
        self.copies: Counter[str] = Counter()
        self.first_taken: dict[str, float] = {}
        self.last_taken: dict[str, float] = {}
        self.refused: Counter[str] = Counter()
        self.put_off: Counter[str] = Counter()
        self.struck: Counter[str] = Counter()
        self.messages = 0

    def read_on(self) -> int:
        """Take in what was written since; gives the number of messages accepted so far, second copies included."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            fresh = file.read()
        self._offset += len(fresh)
        *lines, self._rest = (self._rest + fresh).split(b"\n")
        for line in lines:
            self._take_in(line.decode())
        return self.messages

    def _take_in(self, line: str) -> None:
        kind, moment, rest = line.split(" ", 2)
        if kind == "A":
            identity = rest.partition(" ")[0]
            self.messages += 1
            self.copies[identity] += 1
            self.first_taken.setdefault(identity, float(moment))
            self.last_taken[identity] = float(moment)
        elif kind == "R":
            code, recipient = rest.split(" ", 1)
            (self.refused if code.startswith("5") else self.put_off)[recipient] += 1
        else:
            fault, _, number = rest.rpartition(" ")
            self.struck[fault] += int(number)
