"""`make chaos`: every campaign of the table under fire, the counts as a table, and the table in docs/reliability.md."""

import argparse
import secrets
import sys
import time
from random import Random

from tests.chaos.report import table, write
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.shooting import Shooting, shoot
from tests.chaos.stage import opened

PEOPLE = 20_000


def main() -> int:
    """Shoot; the exit code is 0 only if nothing is wrong."""
    options = _options()
    print(f"Seed {options.seed}. To throw the same again: make chaos ARGS='--seed {options.seed}'")
    began = time.monotonic()
    results: list[Shooting] = []
    with opened(options.people) as stage:
        for scenario in SCENARIOS:
            if options.only in scenario.name:
                print(f"\n{scenario.name}", flush=True)
                chance = Random(f"{options.seed} {scenario.name}")
                results.append(shoot(stage, scenario, chance, say=_say))
                for violation in results[-1].violations:
                    print(f"  WRONG {violation}", flush=True)
        if options.keep:
            input(f"{stage.folder} stays until you press Enter.")
    print(f"\n{table(results)}\n\nTook {time.monotonic() - began:.0f} s, seed {options.seed}.")
    wrong = any(result.violations for result in results)
    if not wrong and not options.only and options.people == PEOPLE:
        write(results, options.seed)
    return int(wrong)


def _say(words: str) -> None:
    print(f"  {words}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", default=secrets.token_hex(4), help="throw again what was thrown with this seed")
    parser.add_argument("--people", type=int, default=PEOPLE, help="readers of each campaign")
    parser.add_argument("--only", default="", help="only campaigns whose name holds this")
    parser.add_argument("--keep", action="store_true", help="leave the installation standing at the end, to look at it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
