"""The broker forgets, or is gone for a while."""

from random import Random

from tests.chaos.faults.thrown import Thrown
from tests.chaos.stage import Stage


def empty(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """Queues, unacknowledged tasks and counters are gone."""
    stage.servers.empty_valkey()
    return Thrown("FLUSHALL of Redis")


def restart(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """Killed, away for up to a second, back with what its file holds."""
    stage.servers.restart_valkey(chance.uniform(0.0, 1.0))
    return Thrown("kill and restart of Redis")
