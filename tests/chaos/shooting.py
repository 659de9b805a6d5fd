"""One campaign under fire: started, shot at, waited for, and counted."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from app import jobs
from app.models.campaign import UnknownPolicy
from tests.chaos import sink, verdict
from tests.chaos.crew import SECOND_WORKER
from tests.chaos.faults.thrown import Fault, Thrown
from tests.chaos.scenarios import Scenario
from tests.chaos.stage import Stage
from tests.chaos.verdict import Figures

_LOOK_EVERY = 0.02
_HURRY_EVERY = 1.0
_STALLED_SECONDS = 30.0
_PATIENCE = 120.0
_HURRY_DEFERRED = """
UPDATE deliveries SET next_attempt_at = now() - interval '1 minute'
WHERE campaign_id = :campaign_id AND state = 'deferred' AND next_attempt_at > now()
"""
_HURRY_UNKNOWN = """
UPDATE deliveries SET unknown_since = unknown_since - interval '2 days'
WHERE campaign_id = :campaign_id AND state = 'unknown' AND resent_at IS NULL
    AND unknown_since > now() - interval '1 day'
"""
_IN_HAND = "SELECT count(*) FROM deliveries WHERE campaign_id = :campaign_id AND state = 'sending'"
_IS_OVER = """
SELECT c.state = 'sent' AND NOT EXISTS (
    SELECT 1 FROM deliveries d WHERE d.campaign_id = c.id
    AND (d.state IN ('queued', 'deferred', 'sending') OR (d.state = 'unknown' AND d.resent_at IS NULL AND :resends)))
FROM campaigns c WHERE c.id = :campaign_id
"""


@dataclass
class Shooting:
    """What one campaign went through, and how it came out."""

    scenario: Scenario
    thrown: list[Thrown] = field(default_factory=list)
    seconds: float = 0.0
    figures: Figures = field(default_factory=Figures)
    violations: list[str] = field(default_factory=list)


class Range:
    """Where the shooting takes place: one campaign on one stage."""

    def __init__(self, stage: Stage, scenario: Scenario, chance: Random, say: Callable[[str], None]) -> None:
        self._stage = stage
        self._scenario = scenario
        self._chance = chance
        self._say = say
        self._book = stage.relay.book
        self._hurried = self._began = time.monotonic()
        self.result = Shooting(scenario)

    def shoot(self) -> Shooting:
        """Start the campaign, throw everything at it, wait for its end and count."""
        stage, result = self._stage, self.result
        before, struck = self._book.read_on(), self._book.struck.copy()
        audience = stage.audience()
        title = f"{self._scenario.name} {self._chance.random():.6f}"
        self._campaign_id = stage.begin(title, unknown=self._scenario.unknown)
        self._throw_all(before, len(audience))
        if not self._wait():
            result.violations.append(f"not over {_PATIENCE:.0f} s after the last fault")
        result.seconds = time.monotonic() - self._began
        self._book.read_on()
        cuts = (self._book.struck - struck)[sink.BEFORE_THE_DOT] + (self._book.struck - struck)[sink.AFTER_THE_DOT]
        hangs = (self._book.struck - struck)[sink.HANG]
        in_flight = sum(one.in_flight for one in result.thrown) + (cuts + hangs) * stage.window
        result.figures, found = verdict.count(
            stage, self._campaign_id, audience, in_flight, leases_end=self._scenario.leases_end
        )
        result.violations += found
        return result

    def _throw_all(self, before: int, people: int) -> None:
        """Throw each fault when a random part of the messages has been taken."""
        faults = [fault for fault, times in self._scenario.faults.items() for _ in range(times)]
        self._chance.shuffle(faults)
        moments = sorted(self._chance.uniform(0.03, 0.92) for _ in faults)
        for fault, moment in zip(faults, moments, strict=True):
            self._await_messages(before + int(moment * people))
            self._throw(fault)

    def _throw(self, fault: Fault) -> None:
        thrown = fault(self._stage, self._campaign_id, self._chance)
        self.result.thrown.append(thrown)
        self._say(f"{time.monotonic() - self._began:6.1f} s  {self._book.read_on():7,} taken  {thrown.what}")

    def _await_messages(self, number: int) -> None:
        """Wait until the relay has taken so many; nobody waits long for a campaign that doesn't get on."""
        moved, taken = time.monotonic(), self._book.read_on()
        while taken < number and time.monotonic() - moved < _STALLED_SECONDS:
            self._look_after()
            if (now := self._book.read_on()) != taken:
                moved, taken = time.monotonic(), now

    def _wait(self) -> bool:
        """Wait for the end; False if it doesn't come."""
        resends = self._scenario.unknown is UnknownPolicy.RESEND
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if not self._look_after() and self._one(_IS_OVER, resends=resends):
                return True
        return False

    def _look_after(self) -> bool:
        """Keep everything running, and shorten what would take minutes; True while a fault is still to end."""
        is_struck = self._stage.tend()
        if time.monotonic() - self._hurried > _HURRY_EVERY:
            self._hurry(is_struck=is_struck)
            self._hurried = time.monotonic()
        time.sleep(_LOOK_EVERY)
        return is_struck

    def _hurry(self, *, is_struck: bool) -> None:
        """Let deferred rows be due now, and unknown ones old enough, as the database has it.

        An unknown row is left alone while rows are in somebody's hands and the clock is wrong: it may be one whose
        lease ran out by the jump, and whose process is about to say how it was.
        """
        self._stage.change(_HURRY_DEFERRED, campaign_id=self._campaign_id)
        if not self._scenario.leases_end or not (is_struck or self._one(_IN_HAND)):
            self._stage.change(_HURRY_UNKNOWN, campaign_id=self._campaign_id)
        if self._stage.rings:
            self._stage.bell.ring(jobs.sweep())

    def _one(self, question: str, **values: object) -> object:
        return self._stage.rows(question, campaign_id=self._campaign_id, **values)[0][0]


def shoot(stage: Stage, scenario: Scenario, chance: Random, *, say: Callable[[str], None]) -> Shooting:
    """Send one campaign while the scenario's faults are thrown at random moments; gives counts and what is wrong."""
    stage.equip(tls=scenario.tls, chunking=scenario.chunking)
    if scenario.second_worker:
        stage.crew.hire(SECOND_WORKER)
    try:
        return Range(stage, scenario, chance, say).shoot()
    finally:
        stage.crew.dismiss(list(SECOND_WORKER))
