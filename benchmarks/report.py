"""The table: targets with what was measured, the details behind them, and the machine."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from app.errors import Conflict
from benchmarks.findings import Findings, Series, spell
from benchmarks.targets import TARGETS, Target

BEGIN, END = "<!-- written by make benchmark: begin -->", "<!-- written by make benchmark: end -->"


def table(found: Findings, facts: Mapping[str, str], day: date) -> str:
    """All of it as Markdown."""
    lines = [f"Measured on {day:%-d %B %Y}.", "", "| what | measured | target | reached |", "|---|---|---|---|"]
    lines += [_row(target, found.targets.get(key)) for key, target in TARGETS.items()]
    lines += ["", "| behind it | median (lowest–highest) |", "|---|---|"]
    lines += [f"| {name} | {values} |" for name, values in found.details.items()]
    lines += ["", *(f"- {remark}" for remark in found.remarks)]
    lines += ["", "| the machine | |", "|---|---|", *(f"| {name} | {fact} |" for name, fact in facts.items())]
    return "\n".join(lines) + "\n"


def write(document: Path, text: str) -> None:
    """Put the table between its marks in the document. Raises Conflict if the marks are not there."""
    before, begin, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise Conflict(f"{document} has no place for the table, between {BEGIN} and {END}.")
    document.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def _row(target: Target, values: Series | None) -> str:
    if values is None:
        return f"| {target.what} | not measured | {target} | |"
    low, high = spell(min(values.values)), spell(max(values.values))
    measured = f"**{spell(values.median)} {target.unit}** ({low}–{high})"
    return f"| {target.what} | {measured} | {target} | {'yes' if target.reached_by(values.median) else '**no**'} |"
