"""Letters to those who can do something when the service has stopped something by itself, or wants a decision.

A campaign that is paused and says why was stopped by the breaker, by a rule, by a missed schedule or by a move of the
installation. A provider is held alone when only its readers are in danger. A decision is wanted where refusals are
doubted. All are found from the rows, so that nothing is lost when a process dies between stopping and telling.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from app.links import Links
from app.mail.merge_fields import for_everybody
from app.mail.staff_letters import Alert
from app.models import Campaign, CampaignState, Doubt, Letter, LetterKind, ProviderHold, Role, StaffMember
from app.services import conclusions, holds, letters
from app.services.editions import Press
from app.settings import Settings

_TOLD = (Role.ADMIN, Role.APPROVER)
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class _News:
    """Something to tell once; `still` finds its row as long as it is so."""

    cause: str
    campaign_id: int | None
    still: Select[int]
    words: Alert


def write_due(session: Session, settings: Settings, *, now: datetime) -> int:
    """Write to admins and approvers of campaigns that were stopped, providers that are held and refusals in doubt.

    Each is told once. Gives the number of letters.
    """
    press = Press.from_settings(settings)
    found = [*_stops(session, press.links), *_holds(session, press.links), *_doubts(session, press.links)]
    return sum(_tell(session, press, news, now) for news in found if _is_ours(session, news))


def _stops(session: Session, links: Links) -> Iterator[_News]:
    stopped = select(Campaign).where(Campaign.state == CampaignState.PAUSED, Campaign.trouble != "")
    for campaign in session.scalars(stopped.order_by(Campaign.id)).all():
        # the same for the same reason, whatever its figures; a schedule that is missed once more is another reason
        words = re.sub(r"\d+", "", campaign.trouble)
        yield _News(
            cause=f"{campaign.scheduled_for} {words}",
            campaign_id=campaign.id,
            still=select(Campaign.id).where(
                Campaign.id == campaign.id,
                Campaign.state == CampaignState.PAUSED,
                Campaign.trouble == campaign.trouble,
            ),
            words=Alert(
                heading=f"Sending is paused: {_short_name(campaign)}",
                paragraphs=[
                    campaign.trouble,
                    "Nothing more of it is sent until somebody has looked and lets it go on.",
                ],
                link_url=links.campaign(str(campaign.public_id)),
                link_words="Look at the campaign",
            ),
        )


def _holds(session: Session, links: Links) -> Iterator[_News]:
    for hold in holds.held(session):
        campaign = session.get(Campaign, hold.campaign_id) if hold.campaign_id is not None else None
        which = f"“{_short_name(campaign)}”" if campaign is not None else "any campaign"
        yield _News(
            cause=f"hold {hold.id}",
            campaign_id=hold.campaign_id,
            still=select(ProviderHold.id).where(ProviderHold.id == hold.id),
            words=Alert(
                heading=f"Sending to {hold.provider} is stopped",
                paragraphs=[
                    hold.why,
                    f"Nothing more of {which} is sent to readers at {hold.provider} until somebody has looked and "
                    f"presses “Release {hold.provider}” there. Nobody is lost, and all other readers get their mail.",
                ],
                link_url=links.campaign(str(campaign.public_id)) if campaign is not None else links.console(),
                link_words="Look at it and release it",
            ),
        )


def _doubts(session: Session, links: Links) -> Iterator[_News]:
    for doubt in conclusions.open_doubts(session):
        yield _News(
            cause=f"doubt {doubt.id}",
            campaign_id=doubt.campaign_id,
            still=select(Doubt.id).where(Doubt.id == doubt.id, Doubt.decision.is_(None)),
            words=Alert(
                heading=f"Please decide: are so many readers at {doubt.provider} gone?",
                paragraphs=[
                    f"Of {doubt.attempts:,} messages of “{_short_name(doubt.campaign)}” to {doubt.provider}, "
                    f"{doubt.refused:,} were refused because the address does not exist or is closed. That is more "
                    "than can be true as a rule: often such a provider has trouble, or refuses us.",
                    "Until somebody decides, none of these readers loses their place.",
                ],
                link_url=links.bounces(),
                link_words="Look at it and decide",
            ),
        )


def _is_ours(session: Session, news: _News) -> bool:
    """Hold its row until the commit, and see that nobody has told of it; not if another process holds the row."""
    if _is_told(session, news):
        return False
    return session.scalar(news.still.with_for_update(skip_locked=True)) is not None and not _is_told(session, news)


def _is_told(session: Session, news: _News) -> bool:
    told = exists().where(
        Letter.campaign_id == news.campaign_id,
        Letter.kind == LetterKind.ALERT,
        Letter.content_hash == _hash(news),
    )
    return bool(session.scalar(select(told)))


def _hash(news: _News) -> bytes:
    return hashlib.sha256(news.cause.encode()).digest()


def _short_name(campaign: Campaign) -> str:
    name = for_everybody(campaign.subject)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


def _tell(session: Session, press: Press, news: _News, now: datetime) -> int:
    staff = people(session)
    for member in staff:
        letter = letters.write(session, press, LetterKind.ALERT, member, now, **asdict(news.words))
        letter.campaign_id, letter.content_hash = news.campaign_id, _hash(news)
    session.flush()
    return len(staff)


def people(session: Session) -> Sequence[StaffMember]:
    """Admins and approvers who have accepted their invitation."""
    can_act = StaffMember.is_enabled, StaffMember.role.in_(_TOLD), StaffMember.password_hash != ""
    return session.scalars(select(StaffMember).where(*can_act).order_by(StaffMember.id)).all()
