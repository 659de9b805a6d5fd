"""Each fault of `make chaos` once, in the middle of short campaigns."""

from random import Random

import pytest

from tests.chaos.faults import broker, clock, database, disk, doorbell, processes, readers, relay
from tests.chaos.scenarios import Scenario
from tests.chaos.shooting import shoot
from tests.chaos.stage import opened

PEOPLE = 240
SECONDS_A_MESSAGE = 0.03
BAD_RELAY = {
    relay.cut_before_the_dot: 1,
    relay.cut_after_the_dot: 1,
    relay.defer_a_third: 1,
    relay.close_with_421: 1,
    relay.hang: 1,
}
CAMPAIGNS = (
    Scenario("a sending process is killed", {processes.kill_sender: 1}, tls=True),
    Scenario("a sending process is killed, CHUNKING", {processes.kill_sender: 1}, tls=True, chunking=True),
    Scenario("worker and beat are killed", {processes.kill_worker: 1, processes.kill_beat: 1}, tls=True),
    Scenario("the broker is emptied and restarted", {broker.empty: 1, broker.restart: 1}, tls=True),
    Scenario("the database is restarted", {database.restart: 1}, tls=True),
    Scenario("the relay is bad", BAD_RELAY, tls=True),
    Scenario("the relay is bad, CHUNKING", BAD_RELAY, tls=True, chunking=True),
    Scenario("the relay shows a wrong certificate", {relay.wrong_certificate: 1}, tls=True),
    Scenario("the clock jumps", {clock.jump: 1}, tls=True),
    Scenario("the disk is full", {disk.fill: 1}, tls=True),
    Scenario("two have the same task", {doorbell.ring_for_everybody: 1, readers.leave: 1}, tls=True),
)


@pytest.fixture(scope="module")
def stage():
    """One installation for all; its relay speaks TLS and takes its time, so that faults come in the middle."""
    with opened(PEOPLE) as stage:
        stage.rings = True
        stage.tls.order(set={"pause": SECONDS_A_MESSAGE})
        yield stage


@pytest.mark.parametrize("scenario", CAMPAIGNS, ids=lambda scenario: scenario.name)
def test_nobody_is_lost_and_nobody_is_mailed_twice_when(stage, scenario):
    assert shoot(stage, scenario, Random(scenario.name), say=print).violations == []
