"""The link that a new address gets: a page with a button, by which it takes over what the old address got."""

from flask import Blueprint, Response, make_response, render_template

from app.db import db
from app.errors import Conflict, Expired
from app.public.bodies import only_short_ones
from app.public.language import page_language
from app.public.responses import unlisted
from app.services import moving
from app.tokens import Purpose
from app.translations import say
from app.web.access import access
from app.web.installation import installation, origin

_IDS = (int,)

pages = Blueprint("moving", __name__)
pages.before_request(only_short_ones)
pages.after_request(unlisted)


@pages.get("/a/<token>", strict_slashes=False)
@access("token")
def page(token: str) -> Response:
    """Show what would come to this address, and the button."""
    try:
        (change_id,) = installation().tokens.read(Purpose.MOVE, token, _IDS)
        topics, is_done = moving.show(db.session(), change_id)
    except Expired:
        return _stuck(410)
    except Conflict as error:
        return _stuck(409, error)
    return make_response(render_template("public/move.html", topics=topics, done=is_done, pressed=False, link=""))


@pages.post("/a/<token>", strict_slashes=False)
@access("token")
def confirm(token: str) -> Response:
    """Take over; pressing again is no mistake."""
    try:
        (change_id,) = installation().tokens.read(Purpose.MOVE, token, _IDS)
        new_id = moving.confirm(db.session(), change_id, origin(), now=installation().now())
        db.session.commit()
    except Expired:
        return _stuck(410)
    except Conflict as error:
        db.session.rollback()
        return _stuck(409, error)
    topics, _ = moving.show(db.session(), change_id)
    link = installation().links.preferences(new_id)
    return make_response(render_template("public/move.html", topics=topics, done=True, pressed=True, link=link))


def _stuck(status: int, error: Conflict | None = None) -> Response:
    why = say(str(error), page_language()) if error else ""
    return make_response(render_template("public/move_stuck.html", why=why, expired=status == 410), status)
