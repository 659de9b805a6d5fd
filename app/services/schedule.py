"""Sending at a chosen time. A campaign whose time went by while the service didn't run asks staff instead of firing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Campaign, CampaignState, StatementState
from app.models.campaign_states import CAMPAIGN, CampaignEvent
from app.services import approval, campaigns
from app.services.editions import Press
from app.services.office_time import spell_moment
from app.settings import Settings

LATEST_START = timedelta(minutes=30)
log = structlog.get_logger()


def schedule(session: Session, press: Press, campaign: Campaign, *, at: datetime, again: bool = False) -> None:
    """Freeze what is sent now, and let it start `at` that moment; who gets it is decided then.

    Raises what `campaigns.send` raises.
    """
    campaigns.freeze(session, press, campaign, CampaignEvent.SCHEDULE, again=again)
    campaign.scheduled_for = at
    session.flush()


def due_schedules(session: Session, settings: Settings, *, now: datetime) -> Sequence[int]:
    """Start the campaigns whose time has come; gives their ids, for which `open_campaign` has to be rung.

    One that is late by more than half an hour is paused with words that say so: news may have become old, and whoever
    scheduled it may have sent it otherwise. So is one that may not go as it is: its statement was withdrawn, or what
    would be sent is not what was approved. Two processes at once start each once.
    """
    due = (
        select(Campaign)
        .where(Campaign.state == CampaignState.SCHEDULED, Campaign.scheduled_for <= now)
        .order_by(Campaign.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    started = []
    for campaign in session.scalars(due).all():
        if why := _what_stops(session, settings, campaign, now):
            _miss(campaign, why)
        else:
            campaign.state = CAMPAIGN.after(campaign.state, CampaignEvent.START)
            campaign.started_at = campaign.begins_at = now
            started.append(campaign.id)
    session.flush()
    return started


def _what_stops(session: Session, settings: Settings, campaign: Campaign, now: datetime) -> str:
    """Why a campaign whose time has come is not started, in words for staff; empty if nothing stops it."""
    assert campaign.scheduled_for is not None
    moment = spell_moment(campaign.scheduled_for, ZoneInfo(settings.office_timezone))
    if campaign.statement.state is not StatementState.PUBLISHED:
        return f"It was to be sent on {moment}, but its statement had been withdrawn. Nobody has got it. Cancel it."
    if not approval.is_current(session, Press.from_settings(settings), campaign):
        approval.forget(campaign)
        return (
            f"It was to be sent on {moment}, but what would have been sent was not what was approved. "
            "Nobody has got it. Cancel it, and prepare it again."
        )
    if now - campaign.scheduled_for > LATEST_START:
        return (
            f"It was to be sent on {moment}, but the service wasn't running then. "
            "Nobody has got it. Go on to send it now, or cancel it."
        )
    return ""


def _miss(campaign: Campaign, why: str) -> None:
    campaign.state = CAMPAIGN.after(campaign.state, CampaignEvent.MISS)
    campaign.trouble = why
    log.error("schedule.missed", campaign=campaign.id, scheduled_for=campaign.scheduled_for, why=why)
