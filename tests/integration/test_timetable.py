"""Beat's timetable when the machine's clock is set: the sweep is rung for every few seconds all the same."""

from datetime import datetime, timedelta

import pytest
import time_machine

from worker import create_celery
from worker.schedule import SWEEP_EVERY, Steady

START = datetime.fromisoformat("2026-11-24T09:00:00+00:00")


@pytest.fixture
def rings(settings, tmp_path, monkeypatch):
    """The moments at which beat rang, as seconds on a clock that is never set."""
    celery = create_celery(settings)
    scheduler = Steady(app=celery, schedule_filename=str(tmp_path / "schedule"), lazy=True)
    moments: list[float] = []
    steady = [0.0]
    monkeypatch.setattr(scheduler, "apply_entry", lambda entry, producer=None: moments.append(steady[0]))
    monkeypatch.setattr(Steady, "producer", None)
    scheduler.setup_schedule()

    def run(seconds: float, clock: timedelta) -> list[float]:
        """Let so many seconds pass with the clock so far from the truth; gives when beat rang meanwhile."""
        until, before = steady[0] + seconds, len(moments)
        while steady[0] < until:
            with time_machine.travel(START + clock + timedelta(seconds=steady[0]), tick=False):
                pause = scheduler.tick()
            steady[0] += max(min(pause, celery.conf.beat_max_loop_interval), 0.01)
        return moments[before:]

    yield run
    scheduler.close()


@pytest.mark.parametrize("hours", [-3, 3])
def test_the_sweep_goes_on_when_the_clock_is_set_and_set_right_again(rings, hours):
    right, wrong = timedelta(), timedelta(hours=hours)
    for clock in (right, wrong, right, wrong):
        rung = rings(60, clock)
        assert len(rung) >= 60 / SWEEP_EVERY - 3
