"""One connection to a relay that is 100 ms away: what waiting for replies one by one costs."""

from collections.abc import Callable
from functools import partial

from benchmarks import statement
from benchmarks.findings import Findings, Round, interleave, ratio, series
from benchmarks.installation import Installation
from benchmarks.plain_sender import Mail
from benchmarks.processes import hands, server
from benchmarks.scale import Scale
from benchmarks.sending import send

ROUND_TRIP = 0.1


def measure(here: Installation, scale: Scale, say: Callable[[str], None]) -> Findings:
    """Rounds of smtplib, the product with PIPELINING and the product with CHUNKING, each on one connection."""
    with (
        server("benchmarks.sink") as near,
        server("benchmarks.sink", "--chunking") as near_chunking,
        server("benchmarks.delay_proxy", near, ROUND_TRIP) as far,
        server("benchmarks.delay_proxy", near_chunking, ROUND_TRIP) as far_chunking,
    ):
        steps = {
            "smtplib": partial(_smtplib, here, far, scale.kept),
            "PIPELINING": partial(_product, here, "pipelining", far, scale.pipelined),
            "CHUNKING": partial(_product, here, "chunking", far_chunking, scale.chunked),
        }
        rounds = interleave(scale.rounds, steps, say)
    names = {"smtplib": "smtplib, kept connection", "pipelining": "PIPELINING", "chunking": "CHUNKING"}
    return Findings(
        targets={
            "distance.pipelining": ratio(rounds, "pipelining", "smtplib"),
            "distance.chunking": ratio(rounds, "chunking", "smtplib"),
        },
        details={f"100 ms away, {name}: messages per second": series(rounds, key) for key, name in names.items()},
    )


def _smtplib(here: Installation, port: int, messages: int, _: int) -> Round:
    """A message that is made once; so only the conversation counts."""
    file = here.folder / "long.json"
    Mail("Open every polling station", "", "x" * 76 + "\n").keep(file)
    lines = "Every polling station must be open to everyone. Today, one in three is not.\n"
    Mail("Open every polling station", lines, lines * (statement.LENGTH // len(lines))).keep(file)
    arguments = ["benchmarks.plain_sender", str(port), str(messages), str(file), "--prebuilt"]
    with hands(1, arguments, {}, here.log) as (sender,):
        sender.go()
        return {"smtplib": messages / sender.report()["seconds"]}


def _product(here: Installation, name: str, port: int, messages: int, _: int) -> Round:
    sent = send(here, port, messages, processes=1, options="connections=1")
    return {name: messages / sent.seconds}
