"""The two links of the confirmation mail: “confirm” and “this wasn't me”.

A GET only shows; the buttons are plain HTML forms that nothing presses by itself, because scanners of links follow
them and run scripts.
"""

from flask import Blueprint, Response, make_response, render_template, request

from app.db import db
from app.errors import Conflict, Expired
from app.public.bodies import only_short_ones
from app.public.responses import unlisted
from app.services import signup
from app.tokens import Purpose
from app.web.access import access
from app.web.installation import installation, origin

_IDS = (int, int)

pages = Blueprint("confirming", __name__)
pages.before_request(only_short_ones)
pages.after_request(unlisted)


@pages.get("/c/<token>", strict_slashes=False)
@access("token")
def confirmation(token: str) -> Response:
    """Show what is about to be confirmed, and the button."""
    try:
        subscriber_id, event_id = installation().tokens.read(Purpose.CONFIRM, token, _IDS)
    except Expired:
        return _expired_page(token)
    topics, confirmed = signup.pending(db.session(), subscriber_id, event_id)
    return _page(subscriber_id, topics=topics, confirmed=confirmed)


@pages.post("/c/<token>", strict_slashes=False)
@access("token")
def confirm(token: str) -> Response:
    """Confirm; pressing again is no mistake. `renew=1` asks for a new mail instead."""
    tokens, now = installation().tokens, installation().now()
    if request.form.get("renew"):
        subscriber_id, event_id = tokens.read_expired(Purpose.CONFIRM, token, _IDS)
        signup.renew(db.session(), subscriber_id, event_id, now=now)
        db.session.commit()
        return make_response(render_template("public/check_your_inbox.html", renewed=True))
    try:
        subscriber_id, event_id = tokens.read(Purpose.CONFIRM, token, _IDS)
        changed = signup.confirm(db.session(), subscriber_id, event_id, origin(), now=now)
        db.session.commit()
    except Expired:
        return _expired_page(token)
    except Conflict:
        db.session.rollback()
        return make_response(render_template("public/confirm_left.html"), 409)
    topics, _ = signup.pending(db.session(), subscriber_id, event_id)
    return _page(subscriber_id, topics=topics, confirmed=True, pressed=changed)


def _page(subscriber_id: int, **values: object) -> Response:
    link = installation().links.preferences(subscriber_id) if values["confirmed"] else ""
    return make_response(render_template("public/confirm.html", preferences_link=link, **values))


@pages.get("/n/<token>", strict_slashes=False)
@access("token")
def refusal(token: str) -> Response:
    """Show the button for “This wasn't me”."""
    installation().tokens.read(Purpose.REFUSE, token, _IDS)
    return make_response(render_template("public/refuse.html", done=False))


@pages.post("/n/<token>", strict_slashes=False)
@access("token")
def refuse(token: str) -> Response:
    """Forget the request, and never write to this address again."""
    subscriber_id, _ = installation().tokens.read(Purpose.REFUSE, token, _IDS)
    signup.refuse(db.session(), subscriber_id, origin(), now=installation().now())
    db.session.commit()
    return make_response(render_template("public/refuse.html", done=True))


def _expired_page(token: str) -> Response:
    """Offer a new link to who hasn't confirmed yet; an old one leads nobody to anybody's preferences."""
    subscriber_id, event_id = installation().tokens.read_expired(Purpose.CONFIRM, token, _IDS)
    _, confirmed = signup.pending(db.session(), subscriber_id, event_id)
    return make_response(render_template("public/confirm_expired.html", confirmed=confirmed), 410)
