"""What the terminal shows of the logs: errors, and what the supervisor has to say about parts that end."""

import re
from collections.abc import Iterator
from pathlib import Path

_HARMLESS = re.compile(r"the database system is starting up")
_WORRYING = re.compile(
    r"\b(ERROR|CRITICAL|FATAL|PANIC)\b|\[(error|critical)\s*\]|\"level\": ?\"(error|critical)\"|^Error: +[^ ]"
)


class LogFollower:
    """Reads what is added to the log files of a folder, from now on."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self._files = {name: folder / f"{name}.log" for name in names}
        self._read = {name: _size(file) for name, file in self._files.items()}
        self._rest = dict.fromkeys(names, "")
        self._in_traceback: set[str] = set()

    def new_lines(self) -> Iterator[tuple[str, str]]:
        """Each finished line since the last call, with the name of its log."""
        for name, file in self._files.items():
            size = _size(file)
            if size < self._read[name]:  # turned over
                self._read[name] = 0
            if size == self._read[name]:
                continue
            with file.open("rb") as log:
                log.seek(self._read[name])
                text = self._rest[name] + log.read(size - self._read[name]).decode(errors="replace")
            self._read[name] = size
            *lines, self._rest[name] = text.split("\n")
            yield from ((name, line) for line in lines)

    def worth_showing(self, name: str, line: str) -> bool:
        """Whether somebody at the terminal should see this line; of a traceback, its last line will do."""
        if name in self._in_traceback:
            if line.startswith((" ", "\t")) or not line:
                return False
            self._in_traceback.discard(name)
            return True
        if line.startswith("Traceback "):
            self._in_traceback.add(name)
            return False
        return bool(_WORRYING.search(line)) and not _HARMLESS.search(line)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def last_lines(file: Path, count: int = 15) -> list[str]:
    """The end of a log, for somebody who has to find out why a part did not start."""
    try:
        return file.read_text(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []
