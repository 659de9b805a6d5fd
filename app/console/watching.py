"""Campaigns as staff watch them: the list, one campaign with its progress or report, and the buttons."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, flash, jsonify, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.door import SEE_OTHER, console
from app.console.words import campaign_words, delivery_words, done_words
from app.db import db
from app.errors import Conflict
from app.models import Campaign, DeliveryState
from app.models.campaign_states import CAMPAIGN, CampaignEvent
from app.permissions import Permission
from app.services import campaigns, deliveries, unknowns
from app.services.campaigns import Progress
from app.services.outlook import OVER
from app.web.access import access
from app.web.installation import installation


@console.get("/campaigns")
@access("staff", Permission.SEE)
def list_campaigns() -> ResponseReturnValue:
    """All campaigns, newest first."""
    session = db.session()
    rows = [(campaign, campaigns.progress(session, campaign)) for campaign in campaigns.newest(session)]
    return render_template("console/campaigns.html", rows=rows)


@console.get("/campaigns/<uuid:public_id>")
@access("staff", Permission.SEE)
def show_campaign(public_id: UUID) -> ResponseReturnValue:
    """How far it is, counted from the ledger; once it is over, the report."""
    session = db.session()
    campaign = campaigns.get(session, public_id)
    progress = campaigns.progress(session, campaign)
    return render_template(
        "console/campaign.html",
        campaign=campaign,
        progress=progress,
        rows=_rows(progress),
        reasons=deliveries.reasons(session, campaign),
        is_over=campaign.state in OVER,
        may={event.value: CAMPAIGN.allows(campaign.state, event) for event in CampaignEvent},
        done=done_words(progress),
        undo_left=campaigns.undo_left(campaign, installation().now()),
        unsure=_unknown_words(campaign),
    )


@console.get("/campaigns/<uuid:public_id>/progress")
@access("staff", Permission.SEE)
def show_progress(public_id: UUID) -> ResponseReturnValue:
    """The same figures for the script that keeps the page fresh."""
    campaign = campaigns.get(db.session(), public_id)
    progress = campaigns.progress(db.session(), campaign)
    return jsonify(
        state=progress.state.value,
        state_words=campaign_words(progress.state)[0],
        total=progress.total,
        done=progress.done,
        percent=progress.percent,
        words=done_words(progress),
        trouble=progress.trouble,
        undo_left=campaigns.undo_left(campaign, installation().now()),
        numbers={row["state"]: row["number"] for row in _rows(progress)},
    )


@console.post("/campaigns/<uuid:public_id>/undo")
@access("staff", Permission.SEND)
def undo_campaign(public_id: UUID) -> ResponseReturnValue:
    """Take it back before the first mail leaves; where that is too late, pause it, because that is what was meant."""
    session = db.session()
    campaign = campaigns.get(session, public_id)
    try:
        is_undone = campaigns.undo(session, campaign, now=installation().now())
    except Conflict:
        return _moved_on(campaign)
    session.commit()
    if is_undone:
        return _to_page(public_id, _("Undone. Nobody has got this mail."))
    return _to_page(public_id, _("It is too late to undo: mail may have left. Sending is paused; go on, or cancel it."))


@console.post("/campaigns/<uuid:public_id>/pause")
@access("staff", Permission.SEND)
def pause_campaign(public_id: UUID) -> ResponseReturnValue:
    """Stop for now."""
    return _act(public_id, CampaignEvent.PAUSE, _("Sending is paused."))


@console.post("/campaigns/<uuid:public_id>/resume")
@access("staff", Permission.SEND)
def resume_campaign(public_id: UUID) -> ResponseReturnValue:
    """Go on."""
    return _act(public_id, CampaignEvent.RESUME, _("Sending goes on."))


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
    return _act(public_id, CampaignEvent.CANCEL, _("The campaign is cancelled. Nobody else gets this mail."))


def _act(public_id: UUID, event: CampaignEvent, words: str) -> Response:
    """Do it, or say kindly that the campaign has moved on meanwhile."""
    session = db.session()
    campaign = campaigns.get(session, public_id)
    try:
        if event is CampaignEvent.PAUSE:
            campaigns.pause(session, campaign)
        elif event is CampaignEvent.RESUME:
            here = installation()
            campaigns.resume(session, campaign, now=here.now(), undo_seconds=here.settings.undo_seconds)
        else:
            campaigns.cancel(session, campaign, now=installation().now())
    except Conflict:
        return _moved_on(campaign)
    session.commit()
    return _to_page(public_id, words)


def _moved_on(campaign: Campaign) -> Response:
    db.session.rollback()
    db.session.refresh(campaign)
    state = campaign_words(campaign.state)[0].lower()
    return _to_page(campaign.public_id, _("Nothing was changed: the campaign is %(state)s now.", state=state))


def _unknown_words(campaign: Campaign) -> str:
    """How much is unknown, and what is done about it."""
    here = installation()
    found = unknowns.look(db.session(), here.settings, campaign)
    return unknowns.describe(found, ZoneInfo(here.settings.office_timezone), now=here.now())


def _to_page(public_id: UUID, words: str) -> Response:
    flash(words)
    return make_response(redirect(url_for("console.show_campaign", public_id=public_id), SEE_OTHER))


def _rows(progress: Progress) -> list[dict[str, Any]]:
    """The ledger's states with their words. Those that are empty are shown only if readers expect them."""
    expected = {DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED}
    if progress.state not in OVER:
        expected.add(DeliveryState.QUEUED)
    rows = []
    for state, number in progress.by_state.items():
        label, help_text = delivery_words(state)
        rows.append(
            {
                "state": state.value,
                "label": label,
                "help": help_text,
                "number": f"{number:,}",
                "is_shown": bool(number) or state in expected,
            }
        )
    return rows
