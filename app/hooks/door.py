"""`POST /hooks/<provider>`: verified, stored as it came, answered. Answers are plain words for a program's log.

A service that isn't set up is not there (404). 4xx says that a call is wrong, the same words whatever is wrong with it;
5xx asks the service to try again: nothing is stored yet.
"""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.db import db
from app.errors import Forbidden, Unavailable
from app.hooks.calls import Admitted, Call, Gate
from app.models import ReportSource
from app.services import mailroom
from app.web.access import access
from app.web.installation import installation

KEY = "hooks"
RETRY_AFTER = 60
_WRONG = "This call is not signed as it has to be, or by somebody else."
_PLAIN = "Call this address by https."
_LATER = "It can't be taken in at the moment. Please try again."
hooks = Blueprint("hooks", __name__, url_prefix="/hooks")
log = structlog.get_logger()


@hooks.before_request
def only_short_ones() -> None:
    """Refuse what is longer than any report (413 is raised where the body is read)."""
    request.max_content_length = mailroom.MOST_OCTETS


@hooks.route("/<provider>", methods=["POST", "HEAD"], strict_slashes=False, merge_slashes=False)
@access("hook")
def take(provider: str) -> Response:
    """Take in one call; HEAD is how some services look whether anybody is there."""
    gate = _gates().get(provider)
    if gate is None:
        return _said(HTTPStatus.NOT_FOUND, "There is no such webhook.")
    if installation().settings.is_secure and not request.is_secure:
        log.warning("hook.plain", provider=provider, hint="COMMUNIQUE_TRUSTED_PROXIES says how many proxies there are")
        return _said(HTTPStatus.FORBIDDEN, _PLAIN)
    if request.method == "HEAD":
        return _said(HTTPStatus.OK, "")
    call = Call(request.headers, _whole_body(), installation().now())
    try:
        return _stored(ReportSource(provider), call.body, gate.admit(call))
    except Forbidden as why:
        log.warning("hook.refused", provider=provider, reason=str(why))
        return _refused(gate)
    except (Unavailable, SQLAlchemyError) as error:
        log.warning("hook.later", provider=provider, error=str(error))
        db.session.rollback()
        return _said(HTTPStatus.SERVICE_UNAVAILABLE, _LATER, {"Retry-After": str(RETRY_AFTER)})


@hooks.errorhandler(HTTPException)
def refused(error: HTTPException) -> Response:
    """What the framework refused: a body that is too long, too many calls."""
    retry = {"Retry-After": str(RETRY_AFTER)} if error.code == HTTPStatus.TOO_MANY_REQUESTS else {}
    return _said(error.code or 500, error.name, retry)


def _gates() -> Mapping[str, Gate]:
    gates: Mapping[str, Gate] = current_app.extensions[KEY]
    return gates


def _whole_body() -> bytes:
    """The body; one that comes in pieces would be cut at the limit without a word, and so is refused there (413)."""
    body = request.get_data(cache=False)
    if len(body) >= mailroom.MOST_OCTETS:
        raise RequestEntityTooLarge
    return body


def _stored(source: ReportSource, body: bytes, admitted: Admitted) -> Response:
    if admitted.is_report:
        mailroom.take_in(db.session(), source, body, once=admitted.once)
        db.session.commit()
    return _said(HTTPStatus.OK, "Taken in.")


def _refused(gate: Gate) -> Response:
    if gate.challenge:
        return _said(HTTPStatus.UNAUTHORIZED, _WRONG, {"WWW-Authenticate": gate.challenge})
    return _said(HTTPStatus.FORBIDDEN, _WRONG)


def _said(status: int, words: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(words and f"{words}\n", status, mimetype="text/plain", headers=dict(headers or {}))
