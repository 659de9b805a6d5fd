"""The buttons of a campaign that is under way: undo, pause, go on, cancel, and what becomes of unknown mail."""

from collections.abc import Callable
from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from app.console.acting import note
from app.console.campaign_flow import thing_of
from app.console.door import SEE_OTHER, console
from app.console.words import campaign_words, done_words
from app.db import db
from app.errors import Conflict
from app.models import Campaign, CampaignState
from app.models.campaign_states import CAMPAIGN, CampaignEvent
from app.permissions import Permission
from app.services import campaigns, site, unknowns
from app.web.access import access
from app.web.installation import installation


@console.post("/campaigns/<uuid:public_id>/undo")
@access("staff", Permission.SEND)
def undo_campaign(public_id: UUID) -> ResponseReturnValue:
    """Take it back before the first mail leaves; where that is too late, pause it, because that is what was meant."""
    session = db.session()
    campaign = campaigns.get(session, public_id)
    was_scheduled = campaign.state is CampaignState.SCHEDULED
    try:
        is_undone = campaigns.undo(session, campaign, now=installation().now())
    except Conflict:
        return _moved_on(campaign)
    note("campaign.undo" if is_undone else "campaign.pause", thing_of(campaign))
    session.commit()
    if was_scheduled and is_undone:
        return _to_page(public_id, _("Taken back. It is approved, and not scheduled any more."))
    if is_undone:
        return _to_page(public_id, _("Undone. Nobody has got this mail."))
    words = _("It is too late to undo: mail may have left. Sending is paused; go on, or cancel it.")
    return _to_page(public_id, words, "warning")


@console.post("/campaigns/<uuid:public_id>/pause")
@access("staff", Permission.SEND)
def pause_campaign(public_id: UUID) -> ResponseReturnValue:
    """Stop for now."""
    return _act(public_id, "campaign.pause", campaigns.pause, _("Sending is paused."))


@console.post("/campaigns/<uuid:public_id>/resume")
@access("staff", Permission.SEND)
def resume_campaign(public_id: UUID) -> ResponseReturnValue:
    """Go on."""
    here = installation()
    seconds = site.get(db.session(), here.settings).undo_seconds

    def resume(session: Session, campaign: Campaign) -> None:
        campaigns.resume(session, campaign, now=here.now(), undo_seconds=seconds)

    return _act(public_id, "campaign.resume", resume, _("Sending goes on."))


@console.get("/campaigns/<uuid:public_id>/cancel")
@access("staff", Permission.SEND)
def ask_before_cancelling(public_id: UUID) -> ResponseReturnValue:
    """A page of its own that says what cancelling means."""
    campaign = campaigns.get(db.session(), public_id)
    if not CAMPAIGN.allows(campaign.state, CampaignEvent.CANCEL):
        return _to_page(public_id, _("This campaign is over; there is nothing to cancel."))
    progress = campaigns.progress(db.session(), campaign)
    return render_template("console/cancel.html", campaign=campaign, progress=progress, done=done_words(progress))


@console.post("/campaigns/<uuid:public_id>/cancel")
@access("staff", Permission.SEND)
def cancel_campaign(public_id: UUID) -> ResponseReturnValue:
    """Stop for good."""

    def cancel(session: Session, campaign: Campaign) -> None:
        campaigns.cancel(session, campaign, now=installation().now())

    return _act(public_id, "campaign.cancel", cancel, _("The campaign is cancelled. Nobody else gets this mail."))


@console.post("/campaigns/<uuid:public_id>/unknown/hold")
@access("staff", Permission.SEND)
def hold_unknown(public_id: UUID) -> ResponseReturnValue:
    """Never send again what may have arrived."""
    return _act(public_id, "campaign.hold_unknown", unknowns.hold, _("What may have arrived is not sent again."))


@console.post("/campaigns/<uuid:public_id>/unknown/resend")
@access("staff", Permission.SEND)
def resend_unknown(public_id: UUID) -> ResponseReturnValue:
    """Send once more, now, what may not have arrived."""
    session = db.session()
    campaign = campaigns.get(session, public_id)
    try:
        number = unknowns.resend(session, campaign, now=installation().now())
    except Conflict as refused:
        session.rollback()
        return _to_page(public_id, str(refused), "warning")
    note("campaign.resend_unknown", thing_of(campaign), number=number)
    session.commit()
    return _to_page(public_id, ngettext("%(num)s message is sent once more.", "%(num)s are sent once more.", number))


def _act(public_id: UUID, action: str, act: Callable[[Session, Campaign], None], words: str) -> Response:
    """Do it, or say kindly that the campaign has moved on meanwhile."""
    session = db.session()
    campaign = campaigns.get(session, public_id)
    try:
        act(session, campaign)
    except Conflict:
        return _moved_on(campaign)
    note(action, thing_of(campaign))
    session.commit()
    return _to_page(public_id, words)


def _moved_on(campaign: Campaign) -> Response:
    db.session.rollback()
    db.session.refresh(campaign)
    state = campaign_words(campaign.state)[0].lower()
    words = _("Nothing was changed: the campaign is %(state)s now.", state=state)
    return _to_page(campaign.public_id, words, "warning")


def _to_page(public_id: UUID, words: str, kind: str = "message") -> Response:
    flash(words, kind)
    return make_response(redirect(url_for("console.show_campaign", public_id=public_id), SEE_OTHER))
