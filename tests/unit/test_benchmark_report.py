from datetime import date

import pytest

from app.errors import Conflict
from benchmarks import report
from benchmarks.findings import Findings, Series, interleave, ratio
from benchmarks.targets import TARGETS


def test_compared_things_take_turns_and_a_ratio_is_that_of_one_round():
    order = []

    def step(name, values):
        return lambda number: order.append(f"{name}{number}") or {name: values[number - 1]}

    steps = {"fast": step("fast", [10.0, 30.0, 20.0]), "slow": step("slow", [5.0, 10.0, 2.0])}
    rounds = interleave(3, steps, lambda words: None)
    assert order == ["fast1", "slow1", "fast2", "slow2", "fast3", "slow3"]
    assert ratio(rounds, "fast", "slow").values == (2.0, 3.0, 10.0)
    assert str(ratio(rounds, "fast", "slow")) == "3.00 × (2.00–10.0)"


def test_the_table_says_what_was_reached_and_what_was_not_measured():
    found = Findings({"campaign": Series((0.9, 1.2, 1.1)), "memory.peak": Series((250.0,), "MB")})
    lines = report.table(found, {"cores": "2"}, date(2026, 11, 25)).splitlines()
    rows = {target.what: line for target in TARGETS.values() for line in lines if f"| {target.what} |" in line}
    assert rows[TARGETS["campaign"].what].endswith("**1.10 ×** (0.9–1.20) | at least 1 × | yes |")
    assert rows[TARGETS["memory.peak"].what].endswith("**250 MB** (250–250) | at most 200 MB | **no** |")
    assert "not measured" in rows[TARGETS["opening"].what]


def test_the_table_replaces_the_last_one_and_nothing_else(tmp_path):
    document = tmp_path / "benchmarks.md"
    document.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.write(document, "new\n")
    assert document.read_text() == f"before\n{report.BEGIN}\n\nnew\n\n{report.END}\nafter\n"
    document.write_text("no place")
    with pytest.raises(Conflict, match="no place for the table"):
        report.write(document, "new\n")
