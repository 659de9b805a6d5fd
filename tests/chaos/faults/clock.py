"""The clock of the workers jumps and comes back."""

from random import Random

from tests.chaos.faults.thrown import Thrown
from tests.chaos.stage import Stage

_JUMPS = (-7200, -60, 60, 2400, 7200, 90_000)


def jump(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """A minute to a day off, for some seconds: longer than a lease, and often long enough for a sweep to see it."""
    seconds, longest = chance.choice(_JUMPS), 1.5 if stage.rings else 7.0
    stage.clock_file.write_text(str(seconds))
    stage.later(chance.uniform(0.5, longest), lambda: stage.clock_file.write_text("0") and None)
    return Thrown("clock jumps back" if seconds < 0 else "clock jumps ahead")
