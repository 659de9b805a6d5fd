"""Peak memory of the worker's processes for few and for many recipients. Messages are short, so that it ends today."""

from collections.abc import Callable
from functools import partial

from benchmarks.campaign import PROCESSES
from benchmarks.findings import Findings, Round, interleave, ratio, series
from benchmarks.installation import Installation
from benchmarks.postfix import smtp_sink
from benchmarks.scale import Scale
from benchmarks.sending import send


def measure(here: Installation, scale: Scale, say: Callable[[str], None]) -> Findings:
    """Rounds of a small and a large campaign."""
    with smtp_sink() as sink:
        steps = {
            "few": partial(_peak, here, sink.port, "few", scale.near_memory),
            "many": partial(_peak, here, sink.port, "many", scale.far_memory),
        }
        rounds = interleave(scale.far_memory_rounds, steps, say)
    return Findings(
        targets={"memory.growth": ratio(rounds, "many", "few"), "memory.peak": series(rounds, "many", "MB")},
        details={
            f"Peak memory of a process, {scale.near_memory:,} recipients": series(rounds, "few", "MB"),
            f"Campaign of {scale.far_memory:,} short messages: messages per second": series(rounds, "many rate"),
        },
        remarks=["Peak memory: the largest VmHWM of planner and senders; short messages, into smtp-sink."],
    )


def _peak(here: Installation, port: int, name: str, messages: int, _: int) -> Round:
    sent = send(here, port, messages, processes=PROCESSES, length=0)
    return {name: sent.peak, f"{name} rate": messages / sent.seconds}
