"""Signs of life: a real worker is seen, the sweep is noted, and whoever is silent is not there any more."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from celery.signals import task_postrun

from app import jobs
from app.clock import utc_now
from app.jobs import CeleryBell, celery_client
from app.services import heartbeats
from app.services.heartbeats import FRESH, Pulse
from app.settings_loading import load_settings
from tests.installation import environment
from worker import create_celery
from worker.heartbeat import Heartbeat

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


def seen(settings, name, now=NOW):
    found = heartbeats.look(settings, now=now)
    return next((queue.workers, queue.seen_at, queue.calls) for queue in found.queues if queue.name == name)


@pytest.mark.usefixtures("redis")
def test_workers_are_counted_by_queue_as_long_as_they_write(settings, redis_url):
    pulse = Pulse(redis_url)
    pulse.seen("bulk", "one-1", NOW)
    pulse.seen("bulk", "one-2", NOW - timedelta(seconds=30))
    pulse.seen("bulk", "one-2", NOW - timedelta(seconds=20))
    assert seen(settings, "bulk") == (2, NOW, 0)
    assert seen(settings, "planning") == (0, None, 0)
    assert seen(settings, "bulk", NOW + FRESH + timedelta(seconds=1)) == (0, NOW, 0)


@pytest.mark.usefixtures("redis")
def test_the_last_sweep_is_known(settings, redis_url):
    assert heartbeats.look(settings, now=NOW).swept_at is None
    Pulse(redis_url).swept(NOW)
    assert heartbeats.look(settings, now=NOW).swept_at == NOW


def test_calls_that_wait_are_counted(settings, redis):
    redis.rpush("bulk", "one", "two")
    assert seen(settings, "bulk") == (0, None, 2)


def test_without_redis_nothing_is_known_and_nothing_breaks(settings):
    away = "redis://127.0.0.1:1/0"
    Pulse(away).seen("bulk", "one-1", NOW)
    Pulse(away).swept(NOW)
    assert heartbeats.look(settings.model_copy(update={"redis_url": away}), now=NOW) is None


@pytest.mark.usefixtures("redis")
def test_a_worker_writes_now_and_then_only(settings, redis_url):
    moments = [NOW, NOW + timedelta(seconds=5)]
    heart = Heartbeat(Pulse(redis_url), clock=lambda: moments.pop(0))
    heart.beat("bulk@one")
    heart.beat("bulk@one")
    assert seen(settings, "bulk") == (1, NOW, 0)


@pytest.mark.usefixtures("redis")
def test_only_a_sweep_of_this_application_that_ended_well_is_noted(settings):
    celery = create_celery(settings)
    sweep = celery.tasks[jobs.sweep().task]
    other = SimpleNamespace(name=sweep.name, app=object())
    for task, state in ((sweep, "FAILURE"), (other, "SUCCESS"), (celery.tasks[jobs.deliver().task], "SUCCESS")):
        task_postrun.send(sender=object(), task=task, state=state)
        assert heartbeats.look(settings, now=utc_now()).swept_at is None
    task_postrun.send(sender=sweep, task=sweep, state="SUCCESS")
    assert utc_now() - heartbeats.look(settings, now=utc_now()).swept_at < timedelta(seconds=10)


@pytest.mark.timeout(120)
@pytest.mark.usefixtures("redis", "session")
def test_a_worker_as_it_is_started_is_seen_and_so_is_its_sweep(folder, database_url, redis_url):
    variables = environment(database_url, redis_url, folder)
    mine = load_settings(variables, Path("/nonexistent"))
    worker = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "run", "worker", "--queue", "planning"],
        env={**os.environ, **variables, "PYTHONPATH": str(ROOT)},
        cwd=folder,
    )
    try:
        CeleryBell(celery_client(mine)).ring(jobs.sweep())
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            signs = heartbeats.look(mine, now=utc_now())
            if signs.swept_at and seen(mine, "planning", utc_now())[0]:
                break
            time.sleep(0.05)
    finally:
        worker.kill()
        worker.wait()
    assert signs.swept_at is not None
    assert seen(mine, "planning", utc_now())[0] == 1
    assert seen(mine, "bulk", utc_now())[0] == 0
