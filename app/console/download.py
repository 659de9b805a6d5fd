"""Taking data out of the service as a file: who may, how often, and that it is written down."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from flask import Response, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console.acting import note
from app.console.door import staff
from app.console.proof import demand_proof
from app.db import db
from app.errors import RateLimited
from app.services import audit_log, csv_export
from app.services.audit import NOTHING, Thing
from app.web.installation import installation

MOST_EXPORTS = 20
WITHIN = timedelta(hours=1)


def demand_export(action: str, thing: Thing = NOTHING, **details: Any) -> ResponseReturnValue | None:
    """Let somebody export: a recent proof who they are, twenty times an hour, and never unnoticed.

    Gives what to answer instead, or None; then the act is written down and committed. `action` ends in ".export".
    Raises RateLimited.
    """
    refused = demand_proof()
    if refused is not None:
        return refused
    since = installation().now() - WITHIN
    if audit_log.count_of(db.session(), staff(), "%.export", since=since) >= MOST_EXPORTS:
        words = _(
            "You have exported %(number)s files within an hour. Wait a while, then try again.", number=MOST_EXPORTS
        )
        raise RateLimited(words, retry_after=int(WITHIN.total_seconds() / 4))
    note(action, thing, **details)
    db.session.commit()
    return None


def csv_answer(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """The table as a file called `name`, sent as its rows come."""
    lines = _lines(csv_export.rows(header, rows), db.session())
    response = Response(stream_with_context(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(lines: Iterable[str], session: Session) -> Iterator[bytes]:
    """Send them; the request is over before they are read, so nobody else closes the session that reads them."""
    try:
        for line in lines:
            yield line.encode("utf-8")
    finally:
        session.close()
