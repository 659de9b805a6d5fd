"""The disk with the journals is full."""

import resource
from random import Random

from tests.chaos.faults.thrown import Thrown
from tests.chaos.stage import Stage


def fill(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """For about a second, a process can write a few octets to a file and no more, which may end within a line."""
    stage.crew.limit_files(chance.randint(0, 300))
    stage.later(chance.uniform(0.5, 1.5), lambda: stage.crew.limit_files(resource.RLIM_INFINITY))
    return Thrown("disk full for the journal")
