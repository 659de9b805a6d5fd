"""`make benchmark`: run all, write the table into docs/benchmarks.md. With names, or `--quick`, only print it."""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Sequence

from app.clock import utc_now
from app.errors import CommuniqueError
from app.settings import PROJECT
from benchmarks import machine, people, report
from benchmarks.catalogue import BENCHMARKS
from benchmarks.findings import Findings
from benchmarks.installation import Installation, installation
from benchmarks.scale import FULL, QUICK, Scale

DOCUMENT = PROJECT / "docs" / "benchmarks.md"
SCALES = {"full": FULL, "quick": QUICK}


def say(words: str) -> None:
    """Tell whoever waits."""
    print(words, flush=True)


def run(here: Installation, names: Sequence[str], scale: Scale) -> tuple[Findings, list[str]]:
    """Run these benchmarks; gives what was found, and the names of those that failed."""
    found, failed = Findings(), []
    people.settle(here.engine, here.settings(), {n for name in names for n in BENCHMARKS[name].audiences(scale)})
    for name in names:
        say(f"{name} ...")
        began = time.monotonic()
        try:
            found.add(BENCHMARKS[name].measure(here, scale, say))
        except Exception:
            traceback.print_exc()
            failed.append(name)
        say(f"{name}: {time.monotonic() - began:.0f} s")
    return found, failed


def main() -> None:
    """Run, print, and write if everything was measured in full."""
    parser = argparse.ArgumentParser(prog="make benchmark", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="which benchmarks; all if none is named")
    parser.add_argument("--quick", action="store_const", const="quick", dest="scale", default="full")
    chosen = parser.parse_args()
    names = chosen.names or list(BENCHMARKS)
    if machine.load() > 0.5 * (os.cpu_count() or 1):
        say(f"The machine is busy (load {machine.load():.1f}): the figures will be those of a busy machine.")
    try:
        with installation() as here:
            found, failed = run(here, names, SCALES[chosen.scale])
            text = report.table(found, machine.facts(here.engine), utc_now().date())
    except CommuniqueError as refused:
        sys.exit(str(refused))
    say(f"\n{text}")
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")
    if chosen.scale == "full" and not chosen.names:
        report.write(DOCUMENT, text)
        say(f"Written into {DOCUMENT.relative_to(PROJECT)}.")


if __name__ == "__main__":
    main()
