"""Freezing an audience, with one statement that writes everybody's row into the ledger; closing what is over."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, cast, exists, func, insert, literal, or_, select, text, update
from sqlalchemy.orm import Session, aliased

from app.models import Campaign, CampaignState, Delivery, DeliveryKind, DeliveryState, Subscriber
from app.services import audience, deliveries
from app.services.audience import Audience

LATE = timedelta(days=7)
WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
_OVER = (CampaignState.SENT, CampaignState.CANCELLED)
_LOCK = 0x636F6D6D << 32


def open_campaign(session: Session, campaign_id: int, *, now: datetime) -> bool:
    """Freeze the audience if that wasn't done yet; gives whether something is due.

    Running it twice changes nothing. A lock of its own keeps two processes from doing it at once: the campaign's row
    stays free meanwhile, so that a page shows it and a pause or a cancellation is taken at once.
    """
    if not session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK + campaign_id))):
        return False
    campaign = session.get(Campaign, campaign_id, populate_existing=True)
    if campaign is None or campaign.state is not CampaignState.SENDING:
        return False
    if campaign.planned_at is None:
        _freeze(session, campaign, now)
        session.execute(update(Campaign).where(Campaign.id == campaign_id).values(planned_at=now))
        finish(session, campaign_id, now=now)
    return campaign_id in due_campaigns(session, now=now)


def _freeze(session: Session, campaign: Campaign, now: datetime) -> None:
    people = audience.eligible(
        Audience.of(campaign),
        literal(DeliveryKind.STATEMENT.value),
        Subscriber.id,
        literal(campaign.id),
        _message_key(),
        now=now,
    ).order_by(Subscriber.id)
    columns = ["kind", "subscriber_id", "campaign_id", "message_key"]
    session.execute(insert(Delivery).from_select(columns, people, include_defaults=False))
    # else PostgreSQL takes the ledger for as small as it was, and reads all of it for each window that is recorded
    session.execute(text("ANALYZE deliveries"))


def _message_key() -> ColumnElement[UUID]:
    """A key for each reader that nobody can guess, from one secret: a random number each takes five times as long."""
    secret = literal(secrets.token_bytes(32))
    digest = func.sha256(secret.op("||")(func.int8send(Subscriber.id)))
    return cast(func.encode(func.substr(digest, 1, 16), "hex"), Uuid)


def under_way(now: datetime) -> ColumnElement[bool]:
    """The campaigns whose rows may be claimed: sending, planned, and past their undo window."""
    return and_(
        Campaign.state == CampaignState.SENDING,
        Campaign.planned_at.is_not(None),
        func.coalesce(Campaign.begins_at, now) <= now,
    )


def due_campaigns(session: Session, *, now: datetime) -> Sequence[int]:
    """The campaigns under way in which something is due."""
    theirs = Delivery.campaign_id == Campaign.id
    queued = exists().where(theirs, Delivery.state == DeliveryState.QUEUED)
    again = exists().where(theirs, Delivery.state == DeliveryState.DEFERRED, Delivery.next_attempt_at <= now)
    return session.scalars(select(Campaign.id).where(under_way(now), or_(queued, again)).order_by(Campaign.id)).all()


def finish(session: Session, campaign_id: int, *, now: datetime) -> bool:
    """Close the campaign if no delivery of it is open any more: being finished is a query, never a counter."""
    still_open = exists().where(
        Delivery.campaign_id == campaign_id, Delivery.state.in_([*WAITING, DeliveryState.SENDING])
    )
    closed = session.execute(
        update(Campaign)
        .where(
            Campaign.id == campaign_id,
            Campaign.state.in_([CampaignState.SENDING, CampaignState.PAUSED]),
            Campaign.planned_at.is_not(None),
            ~still_open,
        )
        .values(state=CampaignState.SENT, finished_at=now, trouble="")
        .returning(Campaign.id)
    )
    return closed.first() is not None


def finish_all(session: Session, *, now: datetime) -> None:
    """Close every campaign of which nothing is open any more, and open those again that got rows back.

    One whose statement is under way in another campaign waits until that one is over: only one may be.
    """
    waiting = exists().where(Delivery.campaign_id == Campaign.id, Delivery.state.in_(WAITING))
    other = aliased(Campaign)
    is_alone = ~exists().where(other.statement_id == Campaign.statement_id, other.state.not_in(_OVER))
    session.execute(
        update(Campaign)
        .where(Campaign.state == CampaignState.SENT, Campaign.finished_at > now - LATE, waiting, is_alone)
        .values(state=CampaignState.SENDING, finished_at=None)
    )
    running = [CampaignState.SENDING, CampaignState.PAUSED]
    started = select(Campaign.id).where(Campaign.state.in_(running)).order_by(Campaign.id)
    for campaign_id in session.scalars(started).all():
        finish(session, campaign_id, now=now)
    cancelled = select(Campaign.id).where(Campaign.state == CampaignState.CANCELLED, Campaign.finished_at > now - LATE)
    session.execute(
        update(Delivery)
        .where(Delivery.campaign_id.in_(cancelled), Delivery.state.in_(WAITING))
        .values(deliveries.CANCELLED)
    )
