"""Letters to those who can do something when the service has stopped a campaign by itself.

A campaign that is paused and says why was stopped by the breaker, by a rule, by a missed schedule or by a move of the
installation. It is found from the rows, so that nothing is lost when a process dies between stopping and telling.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.mail.merge_fields import for_everybody
from app.models import Campaign, CampaignState, Letter, LetterKind, Role, StaffMember
from app.services import letters
from app.services.editions import Press
from app.settings import Settings

_TOLD = (Role.ADMIN, Role.APPROVER)
_LONGEST_NAME = 80


def write_due(session: Session, settings: Settings, *, now: datetime) -> int:
    """Write to admins and approvers about campaigns that were stopped; once for each campaign and cause.

    Gives the number of letters.
    """
    stopped = select(Campaign).where(Campaign.state == CampaignState.PAUSED, Campaign.trouble != "")
    written = 0
    for campaign in session.scalars(stopped.order_by(Campaign.id)).all():
        if not _is_told(session, campaign) and _is_ours(session, campaign):
            written += _tell(session, Press.from_settings(settings), campaign, now)
    return written


def _is_ours(session: Session, campaign: Campaign) -> bool:
    """Hold the campaign until the commit, and see that nobody else has just told it; not if somebody else holds it."""
    locked = select(Campaign).where(Campaign.id == campaign.id).with_for_update(skip_locked=True)
    found = session.scalar(locked.execution_options(populate_existing=True))
    is_stopped = found is not None and found.state is CampaignState.PAUSED and found.trouble != ""
    return is_stopped and not _is_told(session, campaign)


def _is_told(session: Session, campaign: Campaign) -> bool:
    told = exists().where(
        Letter.campaign_id == campaign.id, Letter.kind == LetterKind.ALERT, Letter.content_hash == _cause(campaign)
    )
    return bool(session.scalar(select(told)))


def _cause(campaign: Campaign) -> bytes:
    """The same for the same reason, whatever its figures; a schedule that is missed another time is another reason."""
    words = re.sub(r"\d+", "", campaign.trouble)
    return hashlib.sha256(f"{campaign.scheduled_for} {words}".encode()).digest()


def _tell(session: Session, press: Press, campaign: Campaign, now: datetime) -> int:
    name = for_everybody(campaign.subject)
    name = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"
    people = _people(session)
    for member in people:
        letter = letters.write(
            session,
            press,
            LetterKind.ALERT,
            member,
            now,
            heading=f"Sending is paused: {name}",
            paragraphs=[campaign.trouble, "Nothing more of it is sent until somebody has looked and lets it go on."],
            link_url=press.links.campaign(str(campaign.public_id)),
            link_words="Look at the campaign",
        )
        letter.campaign_id, letter.content_hash = campaign.id, _cause(campaign)
    session.flush()
    return len(people)


def _people(session: Session) -> Sequence[StaffMember]:
    """Admins and approvers who have accepted their invitation."""
    can_act = StaffMember.is_enabled, StaffMember.role.in_(_TOLD), StaffMember.password_hash != ""
    return session.scalars(select(StaffMember).where(*can_act).order_by(StaffMember.id)).all()
