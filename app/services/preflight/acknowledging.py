"""Warnings that somebody has read and sends in spite of: by name, and only for what they were shown."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.models import Acknowledgement, Campaign, StaffMember
from app.services.preflight.findings import Finding, Preflight


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Who has read the warnings of a check, and when; `who` is empty for a command and for an account that is gone."""

    check: str
    who: str
    at: datetime


def acknowledge(
    session: Session, campaign: Campaign, preflight: Preflight, check: str, *, member: StaffMember | None, now: datetime
) -> None:
    """Note that somebody has read the warnings of this check; nobody in particular on the command line.

    Raises Conflict if it warns of nothing (any more).
    """
    digest = preflight.digest(check)
    if not digest:
        raise Conflict("There is no such warning any more. Look at the checks again.")
    row = {"content_hash": digest, "staff_member_id": member.id if member is not None else None, "at": now}
    session.execute(
        insert(Acknowledgement)
        .values(campaign_id=campaign.id, check=check, **row)
        .on_conflict_do_update(index_elements=["campaign_id", "check"], set_=row)
    )


def acknowledgements(session: Session, campaign: Campaign, preflight: Preflight) -> dict[str, Acknowledged]:
    """Those that hold for what is shown now, by the check's name."""
    rows = session.execute(
        select(Acknowledgement.check, Acknowledgement.content_hash, Acknowledgement.at, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == Acknowledgement.staff_member_id)
        .where(Acknowledgement.campaign_id == campaign.id)
    )
    return {
        check: Acknowledged(check, name or "", at)
        for check, digest, at, name in rows
        if digest == preflight.digest(check)
    }


def unacknowledged(session: Session, campaign: Campaign, preflight: Preflight) -> tuple[Finding, ...]:
    """The warnings that nobody has acknowledged as they are now."""
    held = acknowledgements(session, campaign, preflight)
    return tuple(finding for finding in preflight.warnings if finding.check not in held)
