"""A campaign through the product's own processes, measured."""

import time
from dataclasses import dataclass

from benchmarks import statement
from benchmarks.installation import Installation
from benchmarks.processes import hands


@dataclass(frozen=True, slots=True)
class Sent:
    """One campaign: seconds of planning and of sending, CPU seconds of the senders, peak memory (MB) of the worst."""

    planning: float
    seconds: float
    cpu: float
    peak: float


def send(
    here: Installation,
    port: int,
    messages: int,
    *,
    processes: int,
    options: str = "",
    length: int = statement.LENGTH,
) -> Sent:
    """Plan a campaign for so many people and send it in so many processes; all must be sent, or Conflict is raised.

    `options` are those of the relay's URL, `length` is the octets of a message.
    """
    here.forget_campaigns()
    number = here.start_campaign(messages, length=length)
    variables = here.environment(port, options)
    with (
        hands(1, ["benchmarks.work", "open", str(number)], variables, here.log) as planners,
        hands(processes, ["benchmarks.work", "deliver"], variables, here.log) as senders,
    ):
        planners[0].go()
        planning = planners[0].report()
        began = time.monotonic()
        for sender in senders:
            sender.go()
        reports = [sender.report() for sender in senders]
        seconds = time.monotonic() - began
    here.check_sent(number, messages)
    return Sent(
        planning["seconds"],
        seconds,
        sum(report["cpu"] for report in reports),
        max(report["peak"] for report in (planning, *reports)),
    )
