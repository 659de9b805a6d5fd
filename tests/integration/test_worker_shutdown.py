"""A worker that is asked to end: what is in hand is finished, and the rest waits for the next one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import jobs
from app.jobs import CeleryBell, celery_client
from app.services.editions import Press
from app.settings_loading import load_settings
from tests import factories
from tests.fakes import fake_smtp
from tests.installation import environment
from tests.integration.sending import states
from worker.delivery import planner

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = 1200


@pytest.mark.timeout(120)
def test_a_worker_that_is_stopped_in_the_middle_leaves_nothing_in_doubt(
    session, settings, folder, database_url, redis_url
):
    with fake_smtp() as relay:
        relay.script = lambda stage, recipient, count: time.sleep(0.005) if stage == "END" else None
        variables = environment(
            database_url, redis_url, folder, SMTP_URL=f"smtp://127.0.0.1:{relay.port}", LANGUAGES="en"
        )
        mine = load_settings(variables, Path("/nonexistent"))
        factories.readers(session, mine, (f"reader{number}@example.org" for number in range(PEOPLE)))
        campaign = factories.campaign(session)
        factories.send(session, Press.from_settings(mine), campaign, now=factories.NOW)
        session.flush()
        planner.open_campaign(session, campaign.id, now=factories.NOW)
        session.commit()
        worker = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "run", "worker", "--queue", "bulk"],
            env={**os.environ, **variables, "PYTHONPATH": str(ROOT)},
            cwd=folder,
        )
        try:
            for _ in range(2):
                CeleryBell(celery_client(mine)).ring(jobs.deliver())
            deadline = time.monotonic() + 60
            while len(relay.taken) < 200 and time.monotonic() < deadline:
                time.sleep(0.01)
            assert len(relay.taken) >= 200
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(30) == 0
        finally:
            worker.kill()
            worker.wait()
    found = states(session, campaign)
    assert set(found.values()) == {"sent", "queued"}
    assert sorted(who for who, state in found.items() if state == "sent") == sorted(relay.recipients())
    assert not list((folder / "journal").glob("*.journal"))
