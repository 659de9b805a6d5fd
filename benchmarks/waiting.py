"""One and two sending processes into a relay that takes 20 ms to store each message: the wait, not the CPU, decides."""

from collections.abc import Callable
from functools import partial

from benchmarks.findings import Findings, Round, interleave, ratio, series
from benchmarks.installation import Installation
from benchmarks.processes import server
from benchmarks.scale import Scale
from benchmarks.sending import send

WAIT = 0.02


def measure(here: Installation, scale: Scale, say: Callable[[str], None]) -> Findings:
    """Rounds of one process and two."""
    with server("benchmarks.sink", "--wait", WAIT) as port:
        steps = {
            "one process": partial(_rate, here, port, scale.waiting, 1),
            "two processes": partial(_rate, here, port, scale.waiting, 2),
        }
        rounds = interleave(scale.rounds, steps, say)
    return Findings(
        targets={"processes": ratio(rounds, "two", "one")},
        details={f"relay waits 20 ms, {name}: messages per second": series(rounds, name) for name in ("one", "two")},
    )


def _rate(here: Installation, port: int, messages: int, processes: int, _: int) -> Round:
    name = "one" if processes == 1 else "two"
    return {name: messages / send(here, port, messages, processes=processes).seconds}
