"""The sink's book, read on as it grows: when it took which message."""

from pathlib import Path


class Book:
    """What stands in it so far; moments are seconds of the monotonic clock, which all processes share."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._rest = b""
        self.taken: dict[str, float] = {}
        self.last = 0.0

    def read_on(self) -> int:
        """Take in what was written since; gives how many recipients it knows."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            fresh = file.read()
        self._offset += len(fresh)
        *lines, self._rest = (self._rest + fresh).split(b"\n")
        for line in lines:
            moment, _, recipient = line.decode().partition(" ")
            self.last = float(moment)
            self.taken.setdefault(recipient, self.last)
        return len(self.taken)
