"""What comes after a campaign: its statement to those who did not get it, to those it failed for, or to everybody."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from sqlalchemy import insert, literal, select, update
from sqlalchemy.orm import Session

from app.models import Acknowledgement, Campaign, CampaignState, Letter, StaffMember, Statement
from app.services import approval, audience, campaigns
from app.services.audience import Audience
from app.services.locking import read_afresh
from app.services.outlook import unfinished


class Whom(StrEnum):
    """For whom the statement is sent once more."""

    OTHERS = "others"
    """Those who did not get it."""
    FAILED = "failed"
    """Those whom the last campaign failed to reach."""
    EVERYBODY = "everybody"
    """All of them a second time."""


def take_up(session: Session, statement: Statement, author: StaffMember | None, *, again: bool = False) -> Campaign:
    """The campaign with which a statement's sending goes on, for every door.

    The unfinished one; else one like the last, if that was taken back before anybody got it; else a new one. It is
    held until the commit, and before its statement, as whoever sends it does. Raises what `campaigns.prepare` raises.
    """
    begun = unfinished(session, statement)
    if begun is not None:
        read_afresh(session, begun)
    latest = campaigns.latest(session, statement, lock=True)
    if latest is not None and was_taken_back(latest):
        return follow_up(session, latest, author, Whom.EVERYBODY)
    return campaigns.prepare(session, statement, author, again=again)


def follow_up(session: Session, before: Campaign, author: StaffMember | None, whom: Whom) -> Campaign:
    """A new campaign that begins with what an earlier one said; an unfinished one of its statement is given instead.

    One that was taken back before anybody got it is taken up as it was, with its approval, and `whom` doesn't matter.
    Raises Conflict if the statement isn't published any more.
    """
    statement = before.statement
    read_afresh(session, statement)
    begun = unfinished(session, statement)
    if begun is not None:
        return begun
    campaign = campaigns.prepare(session, statement, author, again=True)
    campaign.subject, campaign.preheader, campaign.intro = before.subject, before.preheader, before.intro
    campaign.languages, campaign.unknown_policy = list(before.languages), before.unknown_policy
    campaign.topics, campaign.excluded_topics = list(before.topics), list(before.excluded_topics)
    if was_taken_back(before):
        campaign.excluded_campaign_id, campaign.repeats_id = before.excluded_campaign_id, before.repeats_id
        approval.copy(before, campaign)
        _take_along(session, before, campaign)
    elif whom is Whom.OTHERS:
        campaign.excluded_campaign_id = before.id
    elif whom is Whom.FAILED:
        campaign.repeats_id = before.id
    session.flush()
    return campaign


def _take_along(session: Session, before: Campaign, campaign: Campaign) -> None:
    """What was acknowledged and what test mails showed holds for a content, and that is the same."""
    session.flush()
    copied = Acknowledgement.check, Acknowledgement.content_hash, Acknowledgement.staff_member_id, Acknowledgement.at
    theirs = select(literal(campaign.id), *copied).where(Acknowledgement.campaign_id == before.id)
    columns = [Acknowledgement.campaign_id, *copied]
    session.execute(insert(Acknowledgement).from_select(columns, theirs))
    session.execute(update(Letter).where(Letter.campaign_id == before.id).values(campaign_id=campaign.id))


def was_taken_back(campaign: Campaign) -> bool:
    """Whether it was approved and then undone or cancelled before anybody got it."""
    is_unsent = campaign.state is CampaignState.CANCELLED and campaign.started_at is None
    return is_unsent and campaign.approved_hash is not None


def count(session: Session, before: Campaign, whom: Whom) -> int:
    """How many people a campaign after this one would reach now."""
    return audience.count(session, _meant(before, whom))


def is_for_anybody(session: Session, before: Campaign, whom: Whom) -> bool:
    """Whether it would reach anybody at all; quicker than counting."""
    return not audience.is_empty(session, _meant(before, whom))


def _meant(before: Campaign, whom: Whom) -> Audience:
    meant = Audience.of(before)
    if whom is Whom.OTHERS:
        return replace(meant, excluded_campaign_id=before.id, repeats_id=None)
    if whom is Whom.FAILED:
        return replace(meant, repeats_id=before.id, excluded_campaign_id=None)
    return meant


def started(session: Session, limit: int = 50) -> Sequence[Campaign]:
    """Campaigns that were started, newest first: those whose readers another campaign can leave out."""
    begun = select(Campaign).where(Campaign.started_at.is_not(None))
    return session.scalars(begun.order_by(Campaign.id.desc()).limit(limit)).all()
