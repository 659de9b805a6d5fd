"""Third step: what readers see in their inbox, and a few words above the statement."""

from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.acting import note
from app.console.campaign_audience import saved_words
from app.console.campaign_flow import (
    CHECKS,
    CONTENT,
    before_sending,
    demand_before_sending,
    on_to,
    step_page,
    thing_of,
)
from app.console.door import console, staff
from app.db import db
from app.errors import Invalid, Problem
from app.models import Campaign
from app.permissions import Permission
from app.services import approval, languages
from app.web.access import access
from app.web.installation import installation

LONGEST_LINE = 250
LONGEST_INTRO = 5000
FIELDS = ("subject", "preheader", "intro")


@console.get("/campaigns/<uuid:public_id>/words")
@access("staff", Permission.SEE)
def campaign_content(public_id: UUID) -> ResponseReturnValue:
    """The words as they are saved, beside the mail that they make."""
    campaign = before_sending(public_id)
    return _page(campaign, {name: getattr(campaign, name) for name in FIELDS})


@console.post("/campaigns/<uuid:public_id>/words")
@access("staff", Permission.WRITE)
def save_campaign_content(public_id: UUID) -> ResponseReturnValue:
    """Keep them, if the mail can be made with them; whoever changes them needs a new approval."""
    session = db.session()
    campaign = demand_before_sending(public_id)
    typed = {name: request.form.get(name, "").replace("\r\n", "\n") for name in FIELDS}
    words = _kept(typed, campaign)
    if problems := _too_long(words):
        return _page(campaign, typed, problems)
    if words == {name: getattr(campaign, name) for name in FIELDS}:
        return on_to(CHECKS, campaign)
    was_handed_in = approval.void(session, campaign, staff())
    for name, value in words.items():
        setattr(campaign, name, value)
    if problems := _problems(campaign):
        session.rollback()
        return _page(campaign, typed, problems)
    note("campaign.content", thing_of(campaign))
    session.commit()
    return on_to(CHECKS, campaign, saved_words(was_handed_in=was_handed_in))


def _kept(typed: dict[str, str], campaign: Campaign) -> dict[str, str]:
    """What is kept of it: lines in one piece; where nothing was typed, the statement's own."""
    statement = campaign.statement
    return {
        "subject": " ".join(typed["subject"].split()) or statement.title,
        "preheader": " ".join(typed["preheader"].split()) or statement.standfirst,
        "intro": typed["intro"].strip(),
    }


def _too_long(words: dict[str, str]) -> list[Problem]:
    problems = []
    if len(words["subject"]) > LONGEST_LINE:
        said = _("This is too long for a subject; at most %(limit)d characters fit.", limit=LONGEST_LINE)
        problems.append(Problem(said, field="subject"))
    if len(words["intro"]) > LONGEST_INTRO:
        said = _("An introduction has at most %(limit)d characters; put the rest below.", limit=LONGEST_INTRO)
        problems.append(Problem(said, field="intro"))
    return problems


def _problems(campaign: Campaign) -> list[Problem]:
    """Why the mail can't be made, as far as these words are to blame."""
    try:
        approval.content_hash(db.session(), installation().press, campaign)
    except Invalid as refused:
        return [problem for problem in refused.problems if problem.field in FIELDS]
    return []


def _page(campaign: Campaign, typed: dict[str, str], problems: list[Problem] | None = None) -> Response:
    return step_page(
        "console/campaign_content.html",
        CONTENT,
        campaign,
        problems or (),
        typed=typed,
        languages=languages.tags(campaign.statement),
        longest=LONGEST_LINE,
    )
