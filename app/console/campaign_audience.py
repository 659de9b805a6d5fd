"""Second step: who gets it, counted while it is being chosen."""

from uuid import UUID

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import audience_words
from app.console.acting import note
from app.console.audience_form import AudienceForm
from app.console.campaign_flow import (
    AUDIENCE,
    CONTENT,
    before_sending,
    demand_before_sending,
    on_to,
    step_page,
    thing_of,
)
from app.console.door import console, staff
from app.console.words import people
from app.db import db
from app.models import Campaign
from app.permissions import Permission
from app.services import approval, follow_up, topics
from app.web.access import access
from app.web.installation import installation


@console.get("/campaigns/<uuid:public_id>/audience")
@access("staff", Permission.SEE)
def campaign_audience(public_id: UUID) -> ResponseReturnValue:
    """The audience as it is saved, and how many people it reaches now."""
    campaign = before_sending(public_id)
    return _page(campaign, AudienceForm.of(campaign))


@console.get("/campaigns/<uuid:public_id>/audience/count")
@access("staff", Permission.SEE)
def count_campaign_audience(public_id: UUID) -> ResponseReturnValue:
    """The count for what is chosen on the form and not saved, for the script that keeps it fresh."""
    campaign = before_sending(public_id)
    form = AudienceForm.posted(request.args, campaign)
    number = form.count()
    warning = " ".join(problem.message for problem in form.problems) or ("" if number else nobody_words())
    return jsonify(count=number, people=people(number), words=form.words, warning=warning)


@console.post("/campaigns/<uuid:public_id>/audience")
@access("staff", Permission.WRITE)
def save_campaign_audience(public_id: UUID) -> ResponseReturnValue:
    """Keep it, or only count again; whoever changes it needs a new approval."""
    campaign = demand_before_sending(public_id)
    form = AudienceForm.posted(request.form, campaign)
    if request.form.get("action") == "count" or form.problems:
        return _page(campaign, form, is_saving=request.form.get("action") != "count")
    if form.whom == AudienceForm.of(campaign).whom:
        return on_to(CONTENT, campaign)
    was_handed_in = approval.void(db.session(), campaign, staff())
    form.apply(campaign)
    note("campaign.audience", thing_of(campaign), audience=form.words, people=form.count())
    db.session.commit()
    return on_to(CONTENT, campaign, saved_words(was_handed_in=was_handed_in))


def saved_words(*, was_handed_in: bool) -> str:
    """That a step is saved, and what that means for the approval."""
    if was_handed_in:
        return str(_("Saved. What was handed in or approved is another mail now; hand it in again."))
    return str(_("Saved."))


def nobody_words() -> str:
    """What is said where nobody would get it."""
    return str(_("Nobody is in this audience yet. Share the sign-up form, or choose others."))


def _page(campaign: Campaign, form: AudienceForm, *, is_saving: bool = True) -> Response:
    settings = installation().settings
    tags = dict.fromkeys([*settings.languages, *campaign.languages])
    earlier = [one for one in follow_up.started(db.session()) if one is not campaign]
    if form.excluded_campaign is not None and form.excluded_campaign not in earlier:
        earlier.append(form.excluded_campaign)
    number = form.count()
    return step_page(
        "console/campaign_audience.html",
        AUDIENCE,
        campaign,
        form.problems if is_saving else (),
        chosen=form,
        count=number,
        topics=[(topic.id, topic.name) for topic in topics.every(db.session())],
        languages=[(tag, audience_words.english_name(tag)) for tag in tags],
        earlier=[(str(one.public_id), audience_words.named(one)) for one in earlier],
        nobody="" if number else nobody_words(),
        repeated=audience_words.named(campaign.repeats) if campaign.repeats else "",
    )
