"""Approval: somebody looks at exactly what will be sent, and says so. It holds for that and nothing else.

`approved_hash` is over every language's mail, who gets it and who writes. Whatever changes afterwards, in the campaign,
in the statement or in the settings, has another hash, and `demand` refuses to send it (OWASP ASVS 5.0, 2.3.1).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, Invalid, Problem
from app.models import Campaign, CampaignState, Edition, StaffMember, StatementVersion
from app.models.campaign_states import CAMPAIGN, CampaignEvent
from app.services import editions, site
from app.services.audience import Audience
from app.services.editions import Press
from app.services.locking import read_afresh

BEFORE_SENDING = (CampaignState.DRAFT, CampaignState.IN_REVIEW, CampaignState.APPROVED)
LONGEST_NOTE = 2000


def content_hash(session: Session, press: Press, campaign: Campaign) -> bytes:
    """What will be sent, to whom and by whom, in 32 bytes; of a frozen campaign what was frozen.

    Raises Invalid where the mail can't be rendered.
    """
    return _hash(campaign, to_send(session, press, campaign))


def to_send(session: Session, press: Press, campaign: Campaign) -> Sequence[Edition]:
    """The mail in each language: as it was frozen, else rendered now. Raises Invalid where it can't be rendered."""
    frozen = session.scalars(select(Edition).where(Edition.campaign_id == campaign.id)).all()
    return frozen or editions.render_all(site.press(session, press), campaign)


def is_current(session: Session, press: Press, campaign: Campaign) -> bool:
    """Whether what was approved is what would be sent now."""
    if campaign.approved_hash is None:
        return False
    try:
        return campaign.approved_hash == content_hash(session, press, campaign)
    except Invalid:
        return False


def submit(session: Session, campaign: Campaign, member: StaffMember | None, *, now: datetime) -> None:
    """Hand a campaign in. Raises Conflict if it is in review already, or beyond."""
    _move(session, campaign, CampaignEvent.SUBMIT)
    forget(campaign)
    campaign.submitted_by, campaign.submitted_at = member, now
    campaign.review_note = ""
    session.flush()


def approve(
    session: Session, press: Press, campaign: Campaign, member: StaffMember | None, *, seen: bytes, now: datetime
) -> None:
    """Approve what was `seen` (its content hash).

    Raises Conflict if the content is another one by now, or if it isn't in review; Forbidden, with the reason, if this
    person may not.
    """
    read_afresh(session, campaign)
    four_eyes = site.get(session, press.settings).four_eyes
    if reason := refusal(session, campaign, member, four_eyes=four_eyes):
        raise Forbidden(reason)
    after = CAMPAIGN.after(campaign.state, CampaignEvent.APPROVE)
    if content_hash(session, press, campaign) != seen:
        raise Conflict("This was changed after you opened the page. Look at it again before you approve it.")
    campaign.state = after
    campaign.approved_by, campaign.approved_at, campaign.approved_hash = member, now, seen
    campaign.review_note = ""
    session.flush()


def hand_back(session: Session, campaign: Campaign, why: str) -> None:
    """Give it back to its author with a note.

    Raises Invalid without one (field "review_note"), Conflict if it isn't in review or approved.
    """
    words = why.strip()
    read_afresh(session, campaign)
    after = CAMPAIGN.after(campaign.state, CampaignEvent.RETURN)
    if not words:
        raise Invalid(Problem("Say what should be changed, so that its author can do it.", field="review_note"))
    if len(words) > LONGEST_NOTE:
        raise Invalid(Problem(f"Say it in at most {LONGEST_NOTE} characters.", field="review_note"))
    forget(campaign)
    campaign.state, campaign.review_note = after, words
    session.flush()


def void(session: Session, campaign: Campaign, editor: StaffMember | None) -> bool:
    """Note that a campaign is being edited; gives whether it was in review or approved and isn't any more.

    Call it before the change. Raises Conflict once it is scheduled or under way.
    """
    before = campaign.state
    _move(session, campaign, CampaignEvent.EDIT)
    forget(campaign)
    campaign.edited_by = editor
    session.flush()
    return before is not CampaignState.DRAFT


def waive(session: Session, press: Press, campaign: Campaign, *, now: datetime) -> None:
    """Approve on the word of whoever runs a command; what is approved already, and still the same, stays as it is.

    Raises Forbidden where two people have to look at what is sent.
    """
    read_afresh(session, campaign)
    if campaign.state not in BEFORE_SENDING:
        return
    if campaign.state is CampaignState.APPROVED and is_current(session, press, campaign):
        return
    if site.get(session, press.settings).four_eyes:
        raise Forbidden("Here a second person approves what is sent. Hand it in for approval in the console.")
    if campaign.state is not CampaignState.IN_REVIEW:
        submit(session, campaign, None, now=now)
    campaign.state = CAMPAIGN.after(campaign.state, CampaignEvent.APPROVE)
    campaign.approved_at, campaign.approved_hash = now, content_hash(session, press, campaign)
    session.flush()


def forget(campaign: Campaign) -> None:
    """Take the approval away."""
    campaign.approved_by, campaign.approved_at, campaign.approved_hash = None, None, None


def demand(session: Session, press: Press, campaign: Campaign) -> Sequence[Edition]:
    """What may be sent: the mail in each language, rendered once more unless it is frozen.

    Raises Conflict unless it is what was approved. Call it in the transaction that sends.
    """
    if campaign.state in {CampaignState.DRAFT, CampaignState.IN_REVIEW}:
        raise Conflict("This campaign isn't approved yet.")
    made = to_send(session, press, campaign)
    if campaign.approved_hash != _hash(campaign, made):
        raise Conflict("This was changed after it was approved. It has to be approved again.")
    return made


def refusal(session: Session, campaign: Campaign, member: StaffMember | None, *, four_eyes: bool) -> str:
    """Why this person may not approve it although their role allows it, in words for them; empty if they may."""
    if not four_eyes or member is None:
        return ""
    if member.id == campaign.submitted_by_id:
        return "You handed it in. Here a second person approves what is sent."
    if member.id in {campaign.edited_by_id, _last_editor(session, campaign)}:
        return "You were the last to edit it. Here a second person approves what is sent."
    return ""


def waiting(session: Session) -> Sequence[Campaign]:
    """The campaigns in review, those that wait longest first."""
    in_review = select(Campaign).where(Campaign.state == CampaignState.IN_REVIEW)
    return session.scalars(in_review.order_by(Campaign.submitted_at, Campaign.id)).all()


def copy(campaign: Campaign, into: Campaign) -> None:
    """Let a copy of a campaign have its approval, which goes on holding for the same content only."""
    if campaign.approved_hash is None:
        return
    into.state = CampaignState.APPROVED
    for name in ("submitted_by_id", "submitted_at", "approved_by_id", "approved_at", "approved_hash", "edited_by_id"):
        setattr(into, name, getattr(campaign, name))


def _hash(campaign: Campaign, made: Sequence[Edition]) -> bytes:
    words = sorted([one.language, one.subject, one.html, one.text, one.sender, one.reply_to] for one in made)
    parts = [words, astuple(Audience.of(campaign))]
    return hashlib.sha256(json.dumps(parts).encode()).digest()


def _last_editor(session: Session, campaign: Campaign) -> int | None:
    """Who saved the statement last, if that is known."""
    versions = select(StatementVersion.saved_by_id).where(StatementVersion.statement_id == campaign.statement_id)
    return session.scalar(versions.order_by(StatementVersion.version.desc()).limit(1))


def _move(session: Session, campaign: Campaign, event: CampaignEvent) -> None:
    read_afresh(session, campaign)
    campaign.state = CAMPAIGN.after(campaign.state, event)
