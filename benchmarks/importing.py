"""Importing a list: how many people a second, and how much memory for few and for many."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.findings import Findings, Round, Series, interleave, ratio, series
from benchmarks.installation import Installation
from benchmarks.processes import hands
from benchmarks.scale import Scale

PHASES = ("reading", "adding", "taking back")


def measure(here: Installation, scale: Scale, say: Callable[[str], None]) -> Findings:
    """A short list and a long one, each stored, read, applied and taken back by a process of its own."""
    steps = {
        "few": partial(_import, here, "few", scale.near_import),
        "many": partial(_import, here, "many", scale.far_import),
    }
    rounds = interleave(scale.import_rounds, steps, say)
    rates = {
        f"Import of {scale.far_import:,} people, {phase}: lines per second": Series(
            tuple(scale.far_import / seconds for seconds in series(rounds, f"many {phase}").values)
        )
        for phase in PHASES
    }
    return Findings(
        targets={
            "import.growth": ratio(rounds, "many peak", "few peak"),
            "import.peak": series(rounds, "many peak", "MB"),
            "import.seconds": series(rounds, "many whole", "s"),
        },
        details={f"Import, peak memory, {scale.near_import:,} people": series(rounds, "few peak", "MB"), **rates},
        remarks=["Import: one process that stores, reads and applies a CSV file, its VmHWM; PostgreSQL is durable."],
    )


def _import(here: Installation, name: str, people: int, number: int) -> Round:
    file = _written(here.folder / f"list-{name}-{number}.csv", f"{name}{number}", people)
    with hands(1, ["benchmarks.import_work", str(file)], here.environment(25), here.log) as (worker,):
        worker.go()
        told = worker.report()
    file.unlink()
    assert told["applied"] == told["taken back people"] == people, told
    seconds = {f"{name} {phase}": float(told[phase]) for phase in PHASES}
    return {
        f"{name} peak": float(told["peak"]),
        f"{name} whole": seconds[f"{name} reading"] + seconds[f"{name} adding"],
        **seconds,
    }


def _written(file: Path, key: str, people: int) -> Path:
    with file.open("w") as out:
        out.write("email,name,language\n")
        for number in range(people):
            out.write(f"{key}.reader.{number}@mail{number % 500}.example,Amina Bauer,en\n")
    return file
