"""Sixth step: handed in, approved by whoever may, or handed back with a note."""

from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.console import audience_words
from app.console.acting import note
from app.console.campaign_checks import look_at, open_points
from app.console.campaign_flow import (
    APPROVAL,
    LAUNCH,
    Standing,
    before_sending,
    demand_before_sending,
    on_to,
    step_page,
    thing_of,
)
from app.console.door import console, staff
from app.db import db
from app.errors import Conflict, Forbidden, Invalid, Problem
from app.models import Campaign, CampaignState
from app.permissions import Permission, may
from app.services import approval, audience, languages, preflight, proof_mail, review_letters, site
from app.services.audience import Audience
from app.web.access import access
from app.web.installation import installation


@console.get("/campaigns/<uuid:public_id>/approval")
@access("staff", Permission.SEE)
def campaign_approval(public_id: UUID) -> ResponseReturnValue:
    """What would be sent, in short, and who has to say yes."""
    return _page(before_sending(public_id))


@console.post("/campaigns/<uuid:public_id>/submit")
@access("staff", Permission.WRITE)
def submit_campaign(public_id: UUID) -> ResponseReturnValue:
    """Hand it in, if nothing that a machine can see stands against it."""
    session, here = db.session(), installation()
    campaign = demand_before_sending(public_id)
    if problems := open_points(campaign, look_at(campaign, Standing.of(campaign).content)):
        return _page(campaign, problems)
    try:
        approval.submit(session, campaign, staff(), now=here.now())
    except Conflict:
        session.rollback()
        return on_to(APPROVAL, campaign, _("It was handed in already."))
    number = review_letters.ask_for_approval(session, here.press, campaign, now=here.now())
    note("campaign.submit", thing_of(campaign))
    session.commit()
    return on_to(APPROVAL, campaign, _handed_in_words(campaign, number))


@console.post("/campaigns/<uuid:public_id>/approve")
@access("staff", Permission.APPROVE)
def approve_campaign(public_id: UUID) -> ResponseReturnValue:
    """Approve exactly what was shown."""
    session = db.session()
    campaign = demand_before_sending(public_id)
    standing = Standing.of(campaign)
    if standing.is_approved:
        return on_to(LAUNCH, campaign, _("It is approved already."))
    if problems := open_points(campaign, look_at(campaign, standing.content)):
        return _page(campaign, problems)
    try:
        approve_as_shown(campaign)
    except (Conflict, Forbidden, Invalid) as refused:
        session.rollback()
        return _page(campaign, [Problem(str(refused))])
    session.commit()
    return on_to(LAUNCH, campaign, _("Approved. It can be sent now."))


@console.post("/campaigns/<uuid:public_id>/hand-back")
@access("staff", Permission.APPROVE)
def hand_back_campaign(public_id: UUID) -> ResponseReturnValue:
    """Give it back to its author with a note."""
    session, here = db.session(), installation()
    campaign = demand_before_sending(public_id)
    words = request.form.get("review_note", "")
    try:
        approval.hand_back(session, campaign, words)
    except Invalid as refused:
        session.rollback()
        return _page(campaign, list(refused.problems), review_note=words)
    except Conflict:
        session.rollback()
        return on_to(APPROVAL, campaign, _("It is being changed already; there is nothing to hand back."))
    review_letters.tell_handed_back(session, here.press, campaign, staff(), now=here.now())
    note("campaign.return", thing_of(campaign), why=words.strip())
    session.commit()
    return on_to(APPROVAL, campaign, _("Handed back, with your note."))


def _handed_in_words(campaign: Campaign, number: int) -> str:
    """That it was handed in, and who knows of it; where nobody can approve it, what to do about that."""
    if not number and not why_not_approve(campaign):
        return str(_("Handed in. Nobody else here may approve it, but you may."))
    if not number:
        words = _("Nobody else here may approve it yet: ask an administrator to give somebody that role.")
        return f"{_('Handed in.')} {words}"
    told = ngettext(
        "%(num)d person who may approve it gets a letter.", "%(num)d people who may approve it get a letter.", number
    )
    return f"{_('Handed in. It can be sent once it is approved.')} {told}"


def shown_content() -> bytes:
    """The content hash of the page on which a button was pressed; empty if it said none."""
    try:
        return bytes.fromhex(request.form.get("content", ""))
    except ValueError:
        return b""


def approve_as_shown(campaign: Campaign) -> None:
    """Approve what the page showed, handing it in first if nobody has, and tell whoever did.

    Raises Conflict if that changed, Forbidden for one's own where two people must look.
    """
    session, here = db.session(), installation()
    if campaign.state is not CampaignState.IN_REVIEW:
        approval.submit(session, campaign, staff(), now=here.now())
        note("campaign.submit", thing_of(campaign))
    approval.approve(session, here.press, campaign, staff(), seen=shown_content(), now=here.now())
    review_letters.tell_approved(session, here.press, campaign, now=here.now())
    note("campaign.approve", thing_of(campaign))


def why_not_approve(campaign: Campaign) -> str:
    """Why whoever is signed in can't approve this, in words; empty if they can."""
    if not may(staff().role, Permission.APPROVE):
        return str(_("Your role doesn't include approving. Ask an approver or an administrator."))
    four_eyes = site.get(db.session(), installation().settings).four_eyes
    return approval.refusal(db.session(), campaign, staff(), four_eyes=four_eyes)


def _page(campaign: Campaign, problems: "list[Problem] | None" = None, review_note: str = "") -> Response:
    standing = Standing.of(campaign)
    look = look_at(campaign, standing.content)
    return step_page(
        "console/campaign_approval.html",
        APPROVAL,
        campaign,
        problems or (),
        standing=standing,
        why_not=why_not_approve(campaign),
        four_eyes=site.get(db.session(), installation().settings).four_eyes,
        audience=audience_words.of_campaign(campaign) if campaign.topics else "",
        count=audience.count(db.session(), Audience.of(campaign)) if campaign.topics else 0,
        last_test=next(iter(proof_mail.listed(db.session(), campaign, limit=1)), None),
        review_note=review_note,
        languages=languages.tags(campaign.statement),
        open_points=open_points(campaign, look),
        acknowledged=preflight.acknowledgements(db.session(), campaign, look),
    )
