"""Fourth step: what a machine can see is wrong. Errors stop the mail; warnings are acknowledged one by one."""

from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.console.acting import note
from app.console.campaign_flow import (
    CHECKS,
    Standing,
    before_sending,
    demand_before_sending,
    on_to,
    step_page,
    thing_of,
)
from app.console.door import console, staff
from app.db import db
from app.errors import Conflict, Problem
from app.models import Campaign
from app.permissions import Permission
from app.services import preflight
from app.services.preflight import Preflight
from app.web.access import access
from app.web.installation import installation


@console.get("/campaigns/<uuid:public_id>/checks")
@access("staff", Permission.SEE)
def campaign_checks(public_id: UUID) -> ResponseReturnValue:
    """Everything that was found, and how to mend it."""
    campaign = before_sending(public_id)
    standing = Standing.of(campaign)
    return _page(campaign, standing, look_at(campaign, standing.content))


@console.post("/campaigns/<uuid:public_id>/checks")
@access("staff", Permission.WRITE)
def acknowledge_campaign_check(public_id: UUID) -> ResponseReturnValue:
    """Note that somebody has read a warning and sends in spite of it; it holds for what is shown now."""
    session = db.session()
    campaign = demand_before_sending(public_id)
    standing = Standing.of(campaign)
    look = look_at(campaign, standing.content)
    check = request.form.get("check", "")
    try:
        preflight.acknowledge(session, campaign, look, check, member=staff(), now=installation().now())
    except Conflict as refused:
        return _page(campaign, standing, look, Problem(str(refused)))
    note("campaign.acknowledge", thing_of(campaign), check=check)
    session.commit()
    return on_to(CHECKS, campaign, _("Noted."))


def look_at(campaign: Campaign, content: bytes) -> Preflight:
    """All checks of the mail as it is now; asks the name server and the mail server, if that wasn't done just now."""
    here = installation()
    return preflight.look(db.session(), here.press, campaign, now=here.now(), content_hash=content)


def open_points(campaign: Campaign, look: Preflight) -> list[Problem]:
    """What still stands between this mail and its readers, as sentences; none if nothing does."""
    said = []
    if look.stops:
        number = len({finding.check for finding in look.errors})
        said.append(
            ngettext(
                "%(num)d check stops this mail: %(titles)s.",
                "%(num)d checks stop this mail: %(titles)s.",
                number,
                titles=_titles(look.errors),
            )
        )
    unread = preflight.unacknowledged(db.session(), campaign, look)
    if unread:
        number = len({finding.check for finding in unread})
        said.append(
            ngettext(
                "%(num)d warning is not acknowledged yet: %(titles)s.",
                "%(num)d warnings are not acknowledged yet: %(titles)s.",
                number,
                titles=_titles(unread),
            )
        )
    return [Problem(f"{words} {_('See the checks.')}") for words in said]


def _titles(findings: "tuple[preflight.Finding, ...]") -> str:
    return "; ".join(dict.fromkeys(finding.title for finding in findings))


def _page(campaign: Campaign, standing: Standing, look: Preflight, *problems: Problem) -> Response:
    return step_page(
        "console/campaign_checks.html",
        CHECKS,
        campaign,
        problems,
        standing=standing,
        look=look,
        acknowledged=preflight.acknowledgements(db.session(), campaign, look),
        open_points=open_points(campaign, look),
    )
