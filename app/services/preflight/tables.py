"""Tables without headings: whoever hears them hears cells, without a word about what they are (E-02)."""

from collections.abc import Iterator
from typing import Any

from app.services.preflight.findings import Finding
from app.services.preflight.reading import Reading
from app.services.preflight.rules import RULES


def check(reading: Reading) -> Iterator[Finding]:
    """Two rows and two columns or more are hardly ever there for the looks alone."""
    rule = RULES["E-02"]
    for box in reading.page.by_tag.get("table", []):
        rows = [len(row.findall("td")) for row in box.element.iter("tr")]
        if not any(True for _ in box.element.iter("th")) and sum(cells > 1 for cells in rows) > 1:
            words = f"The table that begins “{_beginning(box.element)}” has no headings."
            yield Finding(rule.check, "warning", rule.title, words, rule.mend, rule.place, reading.label)


def _beginning(table: Any) -> str:
    words = " ".join(" ".join(table.itertext()).split())
    return words if len(words) <= 40 else f"{words[:39]}…"
