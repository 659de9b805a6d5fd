"""Who acts in this request, for the audit log."""

from typing import Any

from flask import g, request

from app.db import db
from app.services import audit
from app.services.audit import NOTHING, Actor, Thing
from app.web.installation import installation


def actor() -> Actor:
    """Whoever is signed in, with the network address that the request came from."""
    network = (request.remote_addr or "")[:64]
    return Actor.of(g.staff, network) if g.get("staff") else Actor("nobody signed in", network=network)


def note(action: str, thing: Thing = NOTHING, **details: Any) -> None:
    """Write down what is being done, in the request's own transaction; the view commits both."""
    audit.record(db.session(), actor(), action, thing, now=installation().now(), details=details)
