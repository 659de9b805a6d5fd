"""Errors are pages too: what went wrong, and what to do next. Each error of the services has one status here."""

from collections.abc import Mapping

import structlog
from flask import Flask, Response, make_response, render_template
from werkzeug.exceptions import HTTPException, SecurityError

from app.db import db
from app.errors import CommuniqueError, Conflict, Expired, Forbidden, Invalid, NotFound, RateLimited, Unavailable
from app.web.language import in_words

STATUS: Mapping[type[CommuniqueError], int] = {
    Invalid: 400,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Expired: 410,
    RateLimited: 429,
    Unavailable: 503,
}
PAGES = frozenset({400, 403, 404, 405, 409, 410, 413, 429, 500, 503})
log = structlog.get_logger()


def install(app: Flask) -> None:
    """Turn every failure into a page; nothing of the inside is shown (ASVS 16.5.1)."""
    app.register_error_handler(CommuniqueError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: CommuniqueError) -> Response:
    db.session.rollback()
    response = page(STATUS.get(type(error), 500), in_words(error))
    if isinstance(error, RateLimited):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _http(error: HTTPException) -> Response:
    db.session.rollback()
    code = error.code or 500
    if isinstance(error, SecurityError):  # a host that is not ours: no URL, and so no page, can be built for it
        return Response("This service does not answer under this name.\n", code, mimetype="text/plain")
    if code < 400:
        return make_response(error.get_response())
    response = page(code)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    log.error("request.failed", exc_info=error)
    db.session.rollback()
    return page(500)


def page(status: int, message: str = "") -> Response:
    """The page of a status; one without a template of its own gets that of its class."""
    name = status if status in PAGES else (400 if status < 500 else 500)
    return make_response(render_template(f"errors/{name}.html", message=message, status=status), status)
