"""Starting a campaign and doing what the tasks do, in this process."""

import time

from sqlalchemy import select

from app.models import Delivery, Subscriber
from app.services.editions import Press
from tests import factories
from worker.delivery import planner
from worker.delivery.claims import Claim, Place, claim_statements

NOW = factories.NOW


def started(session, settings, *people: str):
    factories.readers(session, settings, people)
    campaign = factories.campaign(session)
    factories.send(session, Press.from_settings(settings), campaign, now=NOW)
    session.commit()
    return campaign


def work(desk, campaign) -> None:
    """What the tasks do, in this process."""
    with desk.sessions.begin() as session:
        planner.open_campaign(session, campaign.id, now=NOW)
    desk.pipeline.deliver()


def states(session, campaign) -> dict[str, str]:
    session.expire_all()
    rows = session.execute(
        select(Subscriber.address, Delivery.state).join(Delivery.subscriber).where(Delivery.campaign_id == campaign.id)
    )
    return {address: state.value for address, state in rows}


def claimed(desk, campaign, worker: str, most: int = 100) -> list[Claim]:
    """Freeze the audience and claim rows, as a process of this name does."""
    with desk.sessions.begin() as session:
        planner.open_campaign(session, campaign.id, now=NOW)
        return list(claim_statements(session, Place(campaign.id), worker=worker, most=most, now=NOW).claims)


def until_usable(desk) -> None:
    """Wait until the relay that backs off is tried again."""
    deadline = time.monotonic() + 20
    while not desk.transport.shares(1):
        assert time.monotonic() < deadline
        desk.transport.turn(0.05)
