"""A process of the product, as a worker has it: opens a campaign, or sends what is due.

`python -m benchmarks.work open CAMPAIGN` or `python -m benchmarks.work deliver`, with the installation's settings in
the environment. It gets ready, begins when told, and reports CPU seconds and peak memory (MB). A worker starts once and
lives for long; so its start is not counted.
"""

import argparse
import json
import time

from app import telemetry
from app.settings_loading import load_settings
from benchmarks.processes import begin
from benchmarks.usage import Stopwatch, peak_memory
from worker.delivery import planner
from worker.workshop import Workshop


def open_campaign(workshop: Workshop, campaign_id: int) -> None:
    """What the task of that name does."""
    with workshop.sessions.begin() as session:
        planner.open_campaign(session, campaign_id, now=workshop.clock())


def deliver(workshop: Workshop) -> None:
    """What the task of that name does: send until nothing is due."""
    workshop.pipeline.deliver()


def main() -> None:
    """Get ready, work, report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=("open", "deliver"))
    parser.add_argument("campaign", type=int, nargs="?")
    chosen = parser.parse_args()
    settings = load_settings()
    telemetry.configure(settings)
    workshop = Workshop(settings, bell=Silence())
    if chosen.work == "deliver":
        _ = workshop.pipeline
    begin()
    watch, began = Stopwatch.start(), time.monotonic()
    if chosen.work == "open":
        open_campaign(workshop, chosen.campaign)
    else:
        deliver(workshop)
    print(json.dumps({"seconds": time.monotonic() - began, "cpu": watch.cpu, "peak": peak_memory()}))
    workshop.close()


class Silence:
    """A bell that isn't heard: the processes here are told to work."""

    def ring(self, job: object) -> None:
        """Tell nobody."""


if __name__ == "__main__":
    main()
