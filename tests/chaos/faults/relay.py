"""The relay misbehaves; what struck, and how often, stands in its book."""

from random import Random

from tests.chaos import sink
from tests.chaos.faults.thrown import Thrown
from tests.chaos.stage import Stage

HANG_SECONDS = 3.0


def cut_before_the_dot(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """It breaks connections off before it has a whole message."""
    stage.relay.order(fault=sink.BEFORE_THE_DOT, times=chance.randint(1, 4))
    return Thrown("relay cuts before the dot")


def cut_after_the_dot(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """It takes messages, and breaks off without saying so."""
    stage.relay.order(fault=sink.AFTER_THE_DOT, times=chance.randint(1, 4))
    return Thrown("relay cuts after the dot")


def defer_a_third(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """It tells a third of all recipients to come again later."""
    stage.relay.order(fault="defer", seconds=chance.uniform(0.5, 1.5))
    return Thrown("relay answers 4xx to a third")


def close_with_421(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """It closes connections in good order."""
    stage.relay.order(fault=sink.CLOSING, times=chance.randint(1, 6))
    return Thrown("relay answers 421")


def hang(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """It takes messages, says nothing for seconds, and then breaks off, or answers after all."""
    answers = chance.random() < 0.5
    stage.relay.order(fault=sink.HANG, times=chance.randint(1, 4), seconds=HANG_SECONDS, answers=answers)
    return Thrown("relay hangs, then answers" if answers else "relay hangs, then cuts")


def wrong_certificate(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """It closes all connections, and shows whoever comes anew another host's certificate."""
    stage.relay.order(fault="certificate", seconds=chance.uniform(0.5, 2.0), file=str(stage.certificates.wrong))
    return Thrown("relay shows a wrong certificate")
