"""Processes killed with SIGKILL: they get no chance to say or write anything."""

from random import Random

import psutil

from tests.chaos.crew import BEAT, BULK
from tests.chaos.faults.thrown import Thrown
from tests.chaos.stage import Stage


def kill_sender(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """One of the worker's sending processes."""
    senders = stage.crew.senders(BULK)
    if not senders:
        return Thrown("SIGKILL of a sending process", 0)
    try:
        chance.choice(senders).kill()
    except psutil.NoSuchProcess:
        return Thrown("SIGKILL of a sending process", 0)
    return Thrown("SIGKILL of a sending process", stage.in_flight)


def kill_worker(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """The whole worker with all its sending processes."""
    return Thrown("SIGKILL of the whole worker", stage.crew.kill(BULK) * stage.in_flight)


def kill_beat(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """The clock that rings for the sweep."""
    stage.crew.kill(BEAT)
    return Thrown("SIGKILL of beat")
