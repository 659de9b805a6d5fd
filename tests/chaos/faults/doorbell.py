"""The same task given to several workers."""

from random import Random

from app import jobs
from tests.chaos.faults.thrown import Thrown
from tests.chaos.stage import Stage


def ring_for_everybody(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """Every bell rung many times over, for more workers than one."""
    for _ in range(chance.randint(4, 12)):
        stage.bell.ring(jobs.deliver())
        stage.bell.ring(jobs.open_campaign(campaign_id))
        stage.bell.ring(jobs.sweep())
    return Thrown("the same task for two workers")
