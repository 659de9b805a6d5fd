"""A sending process is really killed, with SIGKILL, in the middle of a campaign; another one takes over."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from app.models import Campaign, CampaignState, Delivery, DeliveryState
from app.services.editions import Press
from app.settings_loading import load_settings
from tests import factories
from tests.fakes import fake_smtp
from tests.installation import environment
from worker.delivery import planner
from worker.workshop import Workshop

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = 60
SENDER = """
from app.settings_loading import load_settings
from worker.workshop import Workshop
Workshop(load_settings()).pipeline.deliver()
"""


def slow(stage: str, recipient: str, count: int) -> None:
    """A relay that takes its time at each stage, so that the process is killed somewhere in a conversation."""
    time.sleep(0.004)


@pytest.mark.parametrize("after", [1, 17, 40])
def test_a_killed_sender_loses_nobody_and_doubles_nobody(session, settings, tmp_path, database_url, redis_url, after):
    with fake_smtp() as relay:
        relay.script = slow
        variables = environment(
            database_url, redis_url, tmp_path, SMTP_URL=f"smtp://127.0.0.1:{relay.port}", LANGUAGES="en"
        )
        mine = load_settings(variables, Path("/nonexistent"))
        factories.readers(session, mine, (f"reader{number}@example.org" for number in range(PEOPLE)))
        campaign = factories.campaign(session)
        factories.send(session, Press.from_settings(mine), campaign, now=factories.NOW)
        session.flush()
        planner.open_campaign(session, campaign.id, now=factories.NOW)
        session.commit()

        sender = subprocess.Popen(
            [sys.executable, "-c", SENDER],
            env={**os.environ, **variables, "PYTHONPATH": str(ROOT)},
            cwd=tmp_path,
        )
        deadline = time.monotonic() + 60
        while len(relay.taken) < after and time.monotonic() < deadline:
            time.sleep(0.001)
        sender.send_signal(signal.SIGKILL)
        sender.wait()
        relay.script = lambda stage, recipient, count: None

        heir = Workshop(mine)
        heir.pipeline.deliver()
        heir.close()

    copies = Counter(relay.recipients())
    unknown = [
        row.subscriber.address
        for row in session.scalars(select(Delivery).where(Delivery.state == DeliveryState.UNKNOWN))
    ]
    assert after <= sum(copies.values())
    assert max(copies.values()) == 1
    assert len(unknown) <= mine.relays[0].connections
    assert copies.keys() | set(unknown) == {f"reader{number}@example.org" for number in range(PEOPLE)}
    session.expire_all()
    assert session.get(Campaign, campaign.id).state is CampaignState.SENT
