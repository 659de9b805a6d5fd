"""The database breaks off all connections and recovers."""

from random import Random

from tests.chaos.faults.thrown import Thrown
from tests.chaos.stage import Stage


def restart(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """Immediate shutdown, away for up to two seconds, crash recovery."""
    stage.servers.restart_postgres(chance.uniform(0.0, 2.0))
    return Thrown("restart of PostgreSQL, immediate")
