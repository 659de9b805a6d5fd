"""Freezing an audience: one statement writes a row for everybody into the ledger, cut into batches."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

from app.models import Batch, Campaign, CampaignState, Delivery, DeliveryKind, DeliveryState, Subscriber
from app.services import audience

BATCH_SIZE = 2000
RING_AGAIN = timedelta(seconds=60)
LATE = timedelta(days=7)
WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)


def open_campaign(session: Session, campaign_id: int, *, now: datetime) -> Sequence[int]:
    """Freeze the audience if that wasn't done yet; gives the batches that have something to send now.

    Running it twice, or in two processes at once, changes nothing: the campaign's row is locked, and
    (campaign, subscriber) is unique.
    """
    campaign = session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    if campaign is None or campaign.state is not CampaignState.SENDING:
        return []
    if campaign.planned_at is None:
        _freeze(session, campaign)
        campaign.planned_at = now
        session.flush()
        finish(session, campaign_id, now=now)
    else:
        session.execute(update(Batch).where(Batch.campaign_id == campaign_id).values(rung_at=None))
    return ring_due(session, now=now, campaign_id=campaign_id)


def _freeze(session: Session, campaign: Campaign) -> None:
    topic_ids = [topic.id for topic in campaign.topics]
    number = ((func.row_number().over(order_by=Subscriber.id) - 1) // BATCH_SIZE).label("number")
    people = audience.eligible(topic_ids, Subscriber.id.label("subscriber_id"), number).cte("people")
    cut = (
        insert(Batch)
        .from_select(
            ["campaign_id", "number", "size"],
            select(literal(campaign.id), people.c.number, func.count()).group_by(people.c.number),
        )
        .returning(Batch.id.label("batch_id"), Batch.number)
        .cte("cut")
    )
    rows = select(
        literal(DeliveryKind.STATEMENT.value), people.c.subscriber_id, literal(campaign.id), cut.c.batch_id
    ).join_from(people, cut, people.c.number == cut.c.number)
    session.execute(
        insert(Delivery).from_select(
            ["kind", "subscriber_id", "campaign_id", "batch_id"],
            rows.order_by(people.c.subscriber_id),
            include_defaults=False,
        )
    )


def ring_due(session: Session, *, now: datetime, campaign_id: int | None = None) -> Sequence[int]:
    """The batches of campaigns under way in which something is due and that weren't rung for in the last minute."""
    due = (
        select(Delivery.id)
        .where(
            Delivery.batch_id == Batch.id,
            Delivery.state.in_(WAITING),
            func.coalesce(Delivery.next_attempt_at, now) <= now,
        )
        .exists()
    )
    under_way = select(Campaign.id).where(Campaign.state == CampaignState.SENDING)
    wanted = Batch.campaign_id == campaign_id if campaign_id is not None else Batch.campaign_id.in_(under_way)
    quiet = (Batch.rung_at.is_(None)) | (Batch.rung_at < now - RING_AGAIN)
    return sorted(
        session.scalars(update(Batch).where(wanted, quiet, due).values(rung_at=now).returning(Batch.id)).all()
    )


def finish(session: Session, campaign_id: int, *, now: datetime) -> bool:
    """Close the campaign if no delivery of it is open any more: being finished is a query, never a counter."""
    still_open = (
        select(Delivery.id)
        .where(
            Delivery.campaign_id == campaign_id,
            Delivery.state.in_([*WAITING, DeliveryState.SENDING]),
        )
        .exists()
    )
    closed = session.execute(
        update(Campaign)
        .where(
            Campaign.id == campaign_id,
            Campaign.state.in_([CampaignState.SENDING, CampaignState.PAUSED]),
            Campaign.planned_at.is_not(None),
            ~still_open,
        )
        .values(state=CampaignState.SENT, finished_at=now)
        .returning(Campaign.id)
    )
    return closed.first() is not None


def finish_all(session: Session, *, now: datetime) -> None:
    """Close every campaign of which nothing is open any more, and open those again that got rows back."""
    waiting = select(Delivery.id).where(Delivery.campaign_id == Campaign.id, Delivery.state.in_(WAITING)).exists()
    session.execute(
        update(Campaign)
        .where(Campaign.state == CampaignState.SENT, Campaign.finished_at > now - LATE, waiting)
        .values(state=CampaignState.SENDING, finished_at=None)
    )
    running = [CampaignState.SENDING, CampaignState.PAUSED]
    for campaign_id in session.scalars(select(Campaign.id).where(Campaign.state.in_(running))).all():
        finish(session, campaign_id, now=now)
    cancelled = select(Campaign.id).where(Campaign.state == CampaignState.CANCELLED, Campaign.finished_at > now - LATE)
    session.execute(
        update(Delivery)
        .where(Delivery.campaign_id.in_(cancelled), Delivery.state.in_(WAITING))
        .values(state=DeliveryState.SKIPPED, reply_text="the campaign was cancelled")
    )
