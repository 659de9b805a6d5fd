"""First step: a published statement gets its campaign, or leads to the one that is being prepared."""

from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.acting import note
from app.console.campaign_flow import (
    AUDIENCE,
    LAUNCH,
    STATEMENT,
    Standing,
    before_sending,
    begun_words,
    demand_before_sending,
    on_to,
    step_page,
    thing_of,
    to_campaign,
    way,
)
from app.console.door import SEE_OTHER, console, staff
from app.db import db
from app.errors import Problem
from app.models import Campaign, CampaignState, Statement, StatementState
from app.permissions import Permission
from app.services import approval, campaigns, follow_up, outlook, statements
from app.services.follow_up import Whom, was_taken_back
from app.web.access import access
from app.web.installation import installation


@console.get("/statements/<int:statement_id>/send")
@access("staff", Permission.WRITE)
def prepare_sending(statement_id: int) -> ResponseReturnValue:
    """The page before there is a campaign; it begins nothing. An unfinished campaign is gone on with."""
    statement = statements.get(db.session(), statement_id)
    if statement.state is not StatementState.PUBLISHED:
        flash(_("Publish the statement first; the mail links to its page."))
        return redirect(url_for("console.show_statement", statement_id=statement.id), SEE_OTHER)
    begun = outlook.unfinished(db.session(), statement)
    if begun is not None:
        return _to_begun(begun)
    return _begin_page(statement)


@console.post("/statements/<int:statement_id>/send")
@access("staff", Permission.WRITE)
def begin_campaign(statement_id: int) -> ResponseReturnValue:
    """Make the campaign. Two people who press at once get the same one."""
    session = db.session()
    statement = statements.get(session, statement_id)
    outlook.demand_published(statement)
    latest = campaigns.latest(session, statement, lock=True)
    begun = outlook.unfinished(session, statement)
    if begun is not None:
        return _to_begun(begun)
    before = outlook.sent_before(session, statement)
    if before is None or (latest is not None and was_taken_back(latest)):
        return _begun(follow_up.take_up(session, statement, staff()))
    whom = _whom()
    if whom is None:
        words = _("Choose who shall get it: this statement was sent before.")
        return _begin_page(statement, [Problem(words, field="whom")])
    return _begun(follow_up.follow_up(session, before, staff(), whom))


@console.post("/campaigns/<uuid:public_id>/follow-up")
@access("staff", Permission.WRITE)
def follow_up_campaign(public_id: UUID) -> ResponseReturnValue:
    """From a report: send the statement once more, to others, to those it failed for, or to everybody."""
    session = db.session()
    before = campaigns.get(session, public_id)
    campaigns.latest(session, before.statement, lock=True)
    begun = outlook.unfinished(session, before.statement)
    if begun is not None:
        return _to_begun(begun)
    whom = _whom()
    if whom is None and not was_taken_back(before):
        return redirect(url_for("console.prepare_sending", statement_id=before.statement_id), SEE_OTHER)
    return _begun(follow_up.follow_up(session, before, staff(), whom or Whom.EVERYBODY))


@console.get("/campaigns/<uuid:public_id>/prepare")
@access("staff", Permission.SEE)
def prepare_campaign(public_id: UUID) -> ResponseReturnValue:
    """To the first step that isn't done."""
    campaign = before_sending(public_id)
    return redirect(url_for(Standing.of(campaign).first_open, public_id=public_id), SEE_OTHER)


@console.get("/campaigns/<uuid:public_id>/statement")
@access("staff", Permission.SEE)
def campaign_statement(public_id: UUID) -> ResponseReturnValue:
    """What is being sent, and where it stands."""
    return step_page("console/campaign_statement.html", STATEMENT, before_sending(public_id))


@console.post("/campaigns/<uuid:public_id>/discard")
@access("staff", Permission.WRITE)
def discard_campaign(public_id: UUID) -> ResponseReturnValue:
    """Give up a campaign that was never sent; the statement stays as it is."""
    session = db.session()
    campaign = demand_before_sending(public_id)
    approval.void(session, campaign, staff())
    campaigns.cancel(session, campaign, now=installation().now())
    note("campaign.discard", thing_of(campaign))
    session.commit()
    flash(_("The campaign is given up. The statement stays as it is."))
    return redirect(url_for("console.show_statement", statement_id=campaign.statement_id), SEE_OTHER)


def _begun(campaign: Campaign) -> Response:
    """Keep a new campaign and go on: at the beginning, or at the end of the way if it was approved before."""
    note("campaign.begin", thing_of(campaign))
    db.session.commit()
    return on_to(LAUNCH if campaign.state is CampaignState.APPROVED else AUDIENCE, campaign)


def _to_begun(campaign: Campaign) -> Response:
    if campaign.state in approval.BEFORE_SENDING:
        target = url_for("console.prepare_campaign", public_id=campaign.public_id)
        return make_response(redirect(target, SEE_OTHER))
    return to_campaign(campaign, begun_words(campaign))


def _whom() -> Whom | None:
    try:
        return Whom(request.form.get("whom", ""))
    except ValueError:
        return None


def _begin_page(statement: Statement, problems: "list[Problem] | None" = None) -> Response:
    session = db.session()
    latest = campaigns.latest(session, statement)
    before = outlook.sent_before(session, statement)
    page = render_template(
        "console/campaign_begin.html",
        statement=statement,
        steps=way(STATEMENT),
        problems=problems or [],
        before=before,
        taken_back=latest if latest is not None and was_taken_back(latest) else None,
        counts={whom.value: follow_up.count(session, before, whom) for whom in Whom} if before is not None else {},
    )
    session.rollback()
    return make_response(page, 400 if problems else 200)
