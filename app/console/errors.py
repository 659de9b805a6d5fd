"""Errors inside the console keep its frame, so that staff find their way on."""

from flask import Response, current_app, make_response, render_template
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.console import forbidden, returning
from app.console.door import console
from app.console.limits import wait_seconds
from app.db import db
from app.errors import CommuniqueError, RateLimited
from app.web.errors import STATUS


@console.errorhandler(CommuniqueError)
def ours(error: CommuniqueError) -> Response:
    """What a service refused, in its own words."""
    response = page(STATUS.get(type(error), 500), str(error))
    if isinstance(error, RateLimited):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


@console.errorhandler(StaleDataError)
def stale(error: StaleDataError) -> Response:
    """Two people changed the same thing in the same moment."""
    return page(409, _("Somebody else changed this in the same moment. Look at it again before you go on."))


@console.errorhandler(CSRFError)
def forged(error: CSRFError) -> Response:
    """The form's token is missing or of another session. Text that was typed in it is given back."""
    return returning.reopened() or page(
        400,
        _(
            "This form was opened before you last signed in, or did not come from this console. "
            "Nothing was changed. Open the page again and repeat what you did."
        ),
    )


@console.errorhandler(RateLimitExceeded)
def too_often(error: RateLimitExceeded) -> Response:
    """Too many passwords or codes were tried; the same words whatever the account, and how long to wait."""
    seconds = wait_seconds(current_app)
    minutes = -(-seconds // 60)
    wait = ngettext("Wait a minute, then try again.", "Wait %(num)s minutes, then try again.", minutes)
    response = page(429, _("There were too many attempts to sign in. %(wait)s", wait=wait))
    response.headers["Retry-After"] = str(seconds)
    return response


@console.errorhandler(HTTPException)
def http(error: HTTPException) -> Response:
    """What the framework refused: a path, a method, a body that is too large."""
    code = error.code or 500
    if code < 400:
        return make_response(error.get_response())
    words = {
        403: forbidden.why() if code == 403 else "",
        404: _("There is nothing at this address. It may have been removed, or the link is incomplete."),
        405: _("This address can't be used in this way. Start from the overview."),
        413: _("What you sent is too large. An image may have 10 MB, a file to import 1 MB."),
    }
    return page(code, words.get(code, _("This could not be understood. Start from the overview.")))


def page(status: int, message: str) -> Response:
    """A page in the console's frame; nothing that was begun is kept."""
    db.session.rollback()
    return make_response(render_template("console/error.html", status=status, message=message), status)
