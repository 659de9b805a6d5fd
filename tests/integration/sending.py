"""Starting a campaign and doing what the tasks do, in this process."""

from sqlalchemy import select

from app.models import Delivery
from app.services import campaigns
from app.services.editions import Press
from tests import factories
from worker.delivery import planner

NOW = factories.NOW


def started(session, settings, *people: str):
    for person in people:
        factories.subscriber(session, settings, person)
    campaign = factories.campaign(session)
    campaigns.send(session, Press.from_settings(settings), campaign, now=NOW)
    session.commit()
    return campaign


def work(desk, campaign) -> None:
    """What the tasks do, in this process."""
    with desk.sessions.begin() as session:
        batches = planner.open_campaign(session, campaign.id, now=NOW)
    for batch_id in batches:
        desk.pipeline.deliver_batch(batch_id)


def states(session, campaign) -> dict[str, str]:
    session.expire_all()
    rows = session.scalars(select(Delivery).where(Delivery.campaign_id == campaign.id))
    return {row.subscriber.address: row.state.value for row in rows}
