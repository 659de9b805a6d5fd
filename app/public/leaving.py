"""Unsubscribing: one address for the reader's page and for the one-click POST of their mail program (RFC 8058).

The POST needs no cookie, no header and no answer to any question, and is never answered with a redirect (section 3.1).
Everything that it has to know is in the signed token, which never expires.
"""

from dataclasses import replace

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext as _

from app.db import db
from app.links import NOBODY
from app.public.bodies import field, only_short_ones
from app.public.language import page_language
from app.public.responses import unlisted, was_a_test
from app.public.why import leaving_origin
from app.services import preferences
from app.services.consent import ONE_CLICK, Origin
from app.services.topics import name_in
from app.tokens import Purpose
from app.web.access import access
from app.web.errors import page as error_page
from app.web.installation import installation, origin

_IDS = (int, int)
_KEY, _ONE_CLICK = "List-Unsubscribe", "One-Click"

pages = Blueprint("leaving", __name__)
pages.before_request(only_short_ones)
pages.after_request(unlisted)


@pages.get("/u/<token>", strict_slashes=False, merge_slashes=False)
@access("one-click")
def page(token: str) -> Response:
    """Show what can be left, and the buttons; nothing is done yet (RFC 8058 section 3.2)."""
    subscriber_id, campaign_id = installation().tokens.read(Purpose.UNSUBSCRIBE, token, _IDS)
    if subscriber_id == NOBODY:
        return was_a_test()
    topics, subscribed = preferences.topics_of_campaign(db.session(), subscriber_id, campaign_id)
    return make_response(render_template("public/leave.html", topics=topics, subscribed=subscribed))


@pages.post("/u/<token>", strict_slashes=False, merge_slashes=False)
@access("one-click")
def leave(token: str) -> Response:
    """Act at once: for a mail program, or for the reader who pressed one of the page's buttons."""
    subscriber_id, campaign_id = installation().tokens.read(Purpose.UNSUBSCRIBE, token, _IDS)
    if subscriber_id == NOBODY:
        return was_a_test()
    if field(_KEY) == _ONE_CLICK:
        _leave(subscriber_id, campaign_id, "topics", replace(origin(), method=ONE_CLICK))
        return Response(_("You are unsubscribed.") + "\n", mimetype="text/plain")
    scope = request.form.get("scope", "topics")
    if request.form.get("confirm") != "1" or scope not in {"topics", "all", "preferences"}:
        return error_page(400, _("Nothing was changed."))
    if scope == "preferences":
        preferences.send_link(db.session(), subscriber_id, now=installation().now())
        db.session.commit()
        return make_response(render_template("public/link_sent.html"))
    names = _leave(subscriber_id, campaign_id, scope, leaving_origin() if scope == "all" else origin())
    return make_response(render_template("public/left.html", topics=names, everything=not names))


def _leave(subscriber_id: int, campaign_id: int, scope: str, where: Origin) -> list[str]:
    """Leave, commit, and name the topics that were left; none means everything.

    Where the campaign isn't known any more, leaving everything is the only answer that is surely no lie.
    """
    now = installation().now()
    if scope == "all":
        preferences.leave_all(db.session(), subscriber_id, where, now=now)
        db.session.commit()
        return []
    topics = preferences.leave_campaign(db.session(), subscriber_id, campaign_id, where, now=now)
    if not topics:
        preferences.leave_all(db.session(), subscriber_id, where, now=now)
    db.session.commit()
    return [name_in(topic, page_language()) for topic in topics]
