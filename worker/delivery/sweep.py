"""The sweep: rings again for whatever was left behind, so that a broker may lose everything it holds."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app import jobs
from app.models import Campaign, CampaignState, Delivery
from app.services import alerts, conclusions, instance, mailroom, site, unknowns
from app.services.guard import attack
from app.services.imports import course
from app.services.schedule import due_schedules
from app.settings import Settings
from worker.delivery import ledger, letter_rows, planner

UNHEARD_AFTER = timedelta(seconds=10)
_RINGS = 2


def sweep(session: Session, *, now: datetime) -> Iterator[jobs.Job]:
    """Expire leases, close what is finished, and name the jobs that should be rung for."""
    ledger.expire(session, now=now)
    letter_rows.expire(session, now=now)
    planner.finish_all(session, now=now)
    if _notices_are_due(session, now):
        yield jobs.send_notices()
    if letter_rows.are_due(session, now=now, unheard_after=UNHEARD_AFTER):
        yield jobs.send_letters()
    if mailroom.are_waiting(session, before=now - UNHEARD_AFTER) or conclusions.are_due(session):
        yield jobs.understand_reports()
    for import_id in course.waiting(session, before=now - UNHEARD_AFTER):
        yield jobs.go_on_with_import(import_id)
    course.forget_old(session, now=now)
    for campaign_id in _unopened(session, now):
        yield jobs.open_campaign(campaign_id)
    if planner.due_campaigns(session, now=now):
        yield from [jobs.deliver()] * _RINGS


def keep_time(session: Session, settings: Settings, *, now: datetime) -> Iterator[jobs.Job]:
    """What becomes due by the clock alone: schedules, and unknown mail to be sent once more; and news for staff.

    It also remembers which installation this is, so that a copy of the database made later doesn't send; in such a copy
    nothing becomes due.
    """
    instance.remember(session, settings, now=now)
    if instance.may_send(session, settings):
        return
    alerts.write_due(session, settings, now=now)
    attack.watch(session, settings, now=now)
    unknowns.resend_due(session, site.applied(session, settings), now=now)
    for campaign_id in due_schedules(session, settings, now=now):
        yield jobs.open_campaign(campaign_id)


def _unopened(session: Session, now: datetime) -> list[int]:
    """Campaigns that were started, and nobody heard the bell."""
    unopened = select(Campaign.id).where(
        Campaign.state == CampaignState.SENDING,
        Campaign.planned_at.is_(None),
        Campaign.started_at < now - UNHEARD_AFTER,
    )
    return list(session.scalars(unopened).all())


def _notices_are_due(session: Session, now: datetime) -> bool:
    """Whether a notice waits that nobody has heard of: a new one is rung for when it is written."""
    due = exists().where(
        Delivery.campaign_id.is_(None),
        Delivery.state.in_(planner.WAITING),
        func.coalesce(Delivery.next_attempt_at, Delivery.created_at + UNHEARD_AFTER) <= now,
    )
    return bool(session.scalar(select(due)))
