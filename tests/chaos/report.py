"""What was thrown and what came out, as a table: for the terminal, and for docs/reliability.md."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from app.settings import PROJECT
from tests.chaos.shooting import Shooting

DOCUMENT = PROJECT / "docs" / "reliability.md"
_BEGIN, _END = "<!-- written by make chaos -->", "<!-- end -->"
_HEAD = ("campaign", "thrown", "readers", "taken", "left", "refused", "second copies", "in flight", "unknown", "result")


def table(results: Sequence[Shooting]) -> str:
    """One line for each campaign."""
    lines = [_HEAD, tuple("---" for _ in _HEAD), *(_line(result) for result in results)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _line(result: Shooting) -> tuple[str, ...]:
    figures, states = result.figures, result.figures.states
    thrown = Counter(one.what for one in result.thrown)
    return (
        f"{result.scenario.name} ({result.seconds:.0f} s)",
        "; ".join(f"{what} {number} ×" if number > 1 else what for what, number in sorted(thrown.items())),
        f"{figures.people:,}",
        f"{figures.accepted:,}",
        f"{states['skipped']:,}",
        f"{states['failed']:,}",
        f"{figures.copies:,}",
        f"{figures.in_flight:,}",
        f"{figures.were_unknown:,}, {figures.still_unknown:,} at the end",
        "wrong" if result.violations else "right",
    )


def write(results: Sequence[Shooting], seed: str) -> None:
    """Put the table into the document, between its marks."""
    number = sum(len(result.thrown) for result in results)
    head = f"{number} faults on {datetime.now(UTC):%d %B %Y}, seed `{seed}`."
    text = DOCUMENT.read_text()
    fresh = f"{_BEGIN}\n{head}\n\n{table(results)}\n{_END}"
    DOCUMENT.write_text(re.sub(f"{_BEGIN}.*{_END}", lambda _: fresh, text, count=1, flags=re.DOTALL))
