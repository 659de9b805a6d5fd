"""What is thrown at which campaign: a table."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.models.campaign import UnknownPolicy
from tests.chaos.faults import broker, clock, database, disk, doorbell, processes, readers, relay
from tests.chaos.faults.thrown import Fault


@dataclass(frozen=True, slots=True)
class Scenario:
    """One campaign: the faults with how often each is thrown, how the relay talks, what is done about `unknown`."""

    name: str
    faults: Mapping[Fault, int]
    chunking: bool = False
    tls: bool = False
    unknown: UnknownPolicy = UnknownPolicy.RESEND
    second_worker: bool = False

    @property
    def leases_end(self) -> bool:
        """Whether a clock jumps, so that leases of living processes run out."""
        return clock.jump in self.faults


_DEATHS: Mapping[Fault, int] = {processes.kill_sender: 4, processes.kill_worker: 2, processes.kill_beat: 1}
_BAD_RELAY: Mapping[Fault, int] = {
    relay.cut_before_the_dot: 2,
    relay.cut_after_the_dot: 2,
    relay.defer_a_third: 2,
    relay.close_with_421: 2,
    relay.hang: 2,
}
_EVERY_FAULT: Mapping[Fault, int] = {
    processes.kill_sender: 1,
    processes.kill_worker: 1,
    processes.kill_beat: 1,
    broker.empty: 1,
    broker.restart: 1,
    database.restart: 1,
    relay.cut_before_the_dot: 1,
    relay.cut_after_the_dot: 1,
    relay.defer_a_third: 1,
    relay.close_with_421: 1,
    relay.hang: 1,
    relay.wrong_certificate: 1,
    clock.jump: 1,
    disk.fill: 1,
    doorbell.ring_for_everybody: 1,
    readers.leave: 1,
}

SCENARIOS = (
    Scenario("killed processes, PIPELINING", _DEATHS),
    Scenario("killed processes, CHUNKING", _DEATHS, chunking=True, unknown=UnknownPolicy.HOLD),
    Scenario("broker emptied and restarted", {broker.empty: 3, broker.restart: 2, processes.kill_sender: 1}),
    Scenario("database restarted", {database.restart: 3, processes.kill_worker: 1}, chunking=True),
    Scenario("bad relay, PIPELINING", _BAD_RELAY),
    Scenario("bad relay, CHUNKING", _BAD_RELAY, chunking=True),
    Scenario("clock jumps", {clock.jump: 6, processes.kill_sender: 1}),
    Scenario("disk full", {disk.fill: 4, processes.kill_worker: 1}, chunking=True),
    Scenario(
        "two workers, readers leaving",
        {doorbell.ring_for_everybody: 4, readers.leave: 4, processes.kill_worker: 1},
        second_worker=True,
    ),
    Scenario("wrong certificate", {relay.wrong_certificate: 4, relay.close_with_421: 1}, tls=True),
    Scenario("everything at once", _EVERY_FAULT, chunking=True, tls=True, second_worker=True),
)
