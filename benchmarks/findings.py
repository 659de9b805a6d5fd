"""What a benchmark found: values by round, of which the median counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one measured thing, one per round."""

    values: tuple[float, ...]
    unit: str = ""

    @property
    def median(self) -> float:
        """The middle value."""
        return median(self.values)

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return f"{spell(self.median)}{unit} ({spell(min(self.values))}–{spell(max(self.values))})"


@dataclass(slots=True)
class Findings:
    """The answer of one benchmark: values for targets by their key, details by their name, and remarks."""

    targets: dict[str, Series] = field(default_factory=dict)
    details: dict[str, Series] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def add(self, other: "Findings") -> None:
        """Take in what another benchmark found."""
        self.targets |= other.targets
        self.details |= other.details
        self.remarks += other.remarks


Round = Mapping[str, float]


def interleave(rounds: int, steps: Mapping[str, Callable[[int], Round]], say: Callable[[str], None]) -> list[Round]:
    """Run all steps once in each round (A B A B …), so that a slow minute of the machine meets all of them.

    A step is told the round's number and gives named values; a round's are those of all its steps together.
    """
    found: list[Round] = []
    for number in range(1, rounds + 1):
        values: dict[str, float] = {}
        for name, step in steps.items():
            mine = step(number)
            values |= mine
            say(f"  round {number}/{rounds} {name}: " + ", ".join(f"{key} {spell(v)}" for key, v in mine.items()))
        found.append(values)
    return found


def series(rounds: Sequence[Round], key: str, unit: str = "") -> Series:
    """The values of one name over all rounds."""
    return Series(tuple(values[key] for values in rounds), unit)


def ratio(rounds: Sequence[Round], this: str, that: str, unit: str = "×") -> Series:
    """The ratio of two names within each round, which carries over to other machines better than either value."""
    return Series(tuple(values[this] / values[that] for values in rounds), unit)


def slowest_but_few(values: Sequence[float]) -> float:
    """The value that 95 of 100 don't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def spell(value: float) -> str:
    """A number with three digits that count, or all of a larger one."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"
