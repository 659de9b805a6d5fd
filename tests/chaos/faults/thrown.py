"""What a fault is: something done to the stage in the middle of a campaign."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.chaos.stage import Stage


@dataclass(frozen=True, slots=True)
class Thrown:
    """What was done, and how many messages were in flight in the processes that it killed."""

    what: str
    in_flight: int = 0


Fault = Callable[[Stage, int, Random], Thrown]
"""Called with the stage, the campaign's id and the run's chance."""
