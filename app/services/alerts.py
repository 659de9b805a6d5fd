"""Letters to those who can do something when the service has stopped a campaign by itself, or wants a decision.

A campaign that is paused and says why was stopped by the breaker, by a rule, by a missed schedule or by a move of the
installation. A decision is wanted where refusals are doubted. Both are found from the rows, so that nothing is lost
when a process dies between stopping and telling.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.mail.merge_fields import for_everybody
from app.models import Campaign, CampaignState, Doubt, Letter, LetterKind, Role, StaffMember
from app.services import conclusions, letters
from app.services.editions import Press
from app.settings import Settings

_TOLD = (Role.ADMIN, Role.APPROVER)
_LONGEST_NAME = 80


def write_due(session: Session, settings: Settings, *, now: datetime) -> int:
    """Write to admins and approvers about campaigns that were stopped and refusals that are doubted; once for each.

    Gives the number of letters.
    """
    press = Press.from_settings(settings)
    stopped = select(Campaign).where(Campaign.state == CampaignState.PAUSED, Campaign.trouble != "")
    written = 0
    for campaign in session.scalars(stopped.order_by(Campaign.id)).all():
        if not _is_told(session, campaign, _cause(campaign)) and _is_ours(session, campaign):
            written += _tell_of_stop(session, press, campaign, now)
    for doubt in conclusions.open_doubts(session):
        if not _is_told(session, doubt.campaign, _doubted(doubt)) and _is_open(session, doubt):
            written += _tell_of_doubt(session, press, doubt, now)
    return written


def _is_ours(session: Session, campaign: Campaign) -> bool:
    """Hold the campaign until the commit, and see that nobody else has just told it; not if somebody else holds it."""
    locked = select(Campaign).where(Campaign.id == campaign.id).with_for_update(skip_locked=True)
    found = session.scalar(locked.execution_options(populate_existing=True))
    is_stopped = found is not None and found.state is CampaignState.PAUSED and found.trouble != ""
    return is_stopped and not _is_told(session, campaign, _cause(campaign))


def _is_open(session: Session, doubt: Doubt) -> bool:
    """Hold the doubt until the commit, and see that nobody has told of it, or decided it, meanwhile."""
    locked = select(Doubt.id).where(Doubt.id == doubt.id, Doubt.decision.is_(None)).with_for_update(skip_locked=True)
    return session.scalar(locked) is not None and not _is_told(session, doubt.campaign, _doubted(doubt))


def _is_told(session: Session, campaign: Campaign, cause: bytes) -> bool:
    told = exists().where(
        Letter.campaign_id == campaign.id, Letter.kind == LetterKind.ALERT, Letter.content_hash == cause
    )
    return bool(session.scalar(select(told)))


def _cause(campaign: Campaign) -> bytes:
    """The same for the same reason, whatever its figures; a schedule that is missed another time is another reason."""
    words = re.sub(r"\d+", "", campaign.trouble)
    return hashlib.sha256(f"{campaign.scheduled_for} {words}".encode()).digest()


def _doubted(doubt: Doubt) -> bytes:
    return hashlib.sha256(f"doubt {doubt.id}".encode()).digest()


def _tell_of_stop(session: Session, press: Press, campaign: Campaign, now: datetime) -> int:
    return _tell(
        session,
        press,
        campaign,
        _cause(campaign),
        now,
        heading=f"Sending is paused: {_short_name(campaign)}",
        paragraphs=[campaign.trouble, "Nothing more of it is sent until somebody has looked and lets it go on."],
        link_url=press.links.campaign(str(campaign.public_id)),
        link_words="Look at the campaign",
    )


def _tell_of_doubt(session: Session, press: Press, doubt: Doubt, now: datetime) -> int:
    return _tell(
        session,
        press,
        doubt.campaign,
        _doubted(doubt),
        now,
        heading=f"Please decide: are so many readers at {doubt.provider} gone?",
        paragraphs=[
            f"Of {doubt.attempts:,} messages of “{_short_name(doubt.campaign)}” to {doubt.provider}, {doubt.refused:,} "
            "were refused because the address does not exist or is closed. That is more than can be true as a rule: "
            "often such a provider has trouble, or refuses us.",
            "Until somebody decides, none of these readers loses their place.",
        ],
        link_url=press.links.bounces(),
        link_words="Look at it and decide",
    )


def _short_name(campaign: Campaign) -> str:
    name = for_everybody(campaign.subject)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


def _tell(session: Session, press: Press, campaign: Campaign, cause: bytes, now: datetime, **words: Any) -> int:
    staff = people(session)
    for member in staff:
        letter = letters.write(session, press, LetterKind.ALERT, member, now, **words)
        letter.campaign_id, letter.content_hash = campaign.id, cause
    session.flush()
    return len(staff)


def people(session: Session) -> Sequence[StaffMember]:
    """Admins and approvers who have accepted their invitation."""
    can_act = StaffMember.is_enabled, StaffMember.role.in_(_TOLD), StaffMember.password_hash != ""
    return session.scalars(select(StaffMember).where(*can_act).order_by(StaffMember.id)).all()
