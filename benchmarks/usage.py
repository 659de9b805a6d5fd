"""What processes have used up: CPU time since a moment, and the most memory that was ever held."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """CPU seconds of this process, user and system, at one moment."""

    began: float

    @classmethod
    def start(cls) -> "Stopwatch":
        """Begin to count."""
        return cls(_cpu())

    @property
    def cpu(self) -> float:
        """CPU seconds since then."""
        return _cpu() - self.began


def cpu_of_tree(root: int) -> float:
    """CPU seconds of a process and all that it has started, those that have ended included."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _stat(entry)):
            parents[int(entry.name)] = int(fields[1])
            used[int(entry.name)] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return sum(seconds for number, seconds in used.items() if _descends(number, root, parents))


def _stat(process: Path) -> list[str]:
    """The fields of /proc/PID/stat behind the name (proc(5)); none if the process has ended meanwhile."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _descends(number: int, root: int, parents: dict[int, int]) -> bool:
    while number not in {root, 0}:
        number = parents.get(number, 0)
    return number == root


def peak_memory() -> float:
    """The most memory that this process ever held, in MB (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
