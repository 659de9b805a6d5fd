"""Asking other people's servers whether the pages are there that a campaign's mail links to."""

from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.console.acting import note
from app.console.door import SEE_OTHER, console
from app.db import db
from app.errors import Invalid
from app.permissions import Permission
from app.services import approval, campaigns, preflight
from app.services.audit import Thing
from app.services.preflight import asked_links
from app.web.access import access
from app.web.installation import installation


@console.post("/campaigns/<uuid:public_id>/links")
@access("staff", Permission.WRITE)
def check_links(public_id: UUID) -> ResponseReturnValue:
    """Ask them all, remember what came of it for an hour, and lead back to the checks.

    No transaction is open while other servers are waited for.
    """
    session, here = db.session(), installation()
    campaign = campaigns.get(session, public_id)
    back = redirect(url_for("console.campaign_checks", public_id=public_id, _anchor="links"), SEE_OTHER)
    try:
        content = approval.content_hash(session, here.press, campaign)
    except Invalid:
        flash(_("The text can't become a mail yet; mend that first."), "warning")
        return back
    look = preflight.look(session, here.press, campaign, now=here.now(), content_hash=content)
    thing = Thing("campaign", str(campaign.public_id), campaign.subject)
    session.rollback()
    number = asked_links.ask(here.settings, look, now=here.now())
    note("campaign.check_links", thing, links=number)
    session.commit()
    flash(ngettext("%(num)d link was checked.", "%(num)d links were checked.", number))
    return back
