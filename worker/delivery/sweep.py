"""The sweep: rings again for whatever was left behind, so that a broker may lose everything it holds."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import jobs
from app.models import Campaign, CampaignState, Delivery
from worker.delivery import ledger, planner

UNHEARD_AFTER = timedelta(seconds=10)
_MOST_NOTICES = 500


def sweep(session: Session, *, now: datetime) -> Iterator[jobs.Job]:
    """Expire leases, close what is finished, and name the jobs that should be rung for."""
    ledger.expire(session, now=now)
    planner.finish_all(session, now=now)
    for delivery_id in _due_notices(session, now):
        yield jobs.send_notice(delivery_id)
    unopened = select(Campaign.id).where(
        Campaign.state == CampaignState.SENDING,
        Campaign.planned_at.is_(None),
        Campaign.started_at < now - UNHEARD_AFTER,
    )
    for campaign_id in session.scalars(unopened).all():
        yield jobs.open_campaign(campaign_id)
    for batch_id in planner.ring_due(session, now=now):
        yield jobs.deliver_batch(batch_id)


def _due_notices(session: Session, now: datetime) -> list[int]:
    due = (
        select(Delivery.id)
        .where(
            Delivery.campaign_id.is_(None),
            Delivery.state.in_(planner.WAITING),
            func.coalesce(Delivery.next_attempt_at, Delivery.created_at + UNHEARD_AFTER) <= now,
        )
        .order_by(Delivery.id)
        .limit(_MOST_NOTICES)
    )
    return list(session.scalars(due).all())
