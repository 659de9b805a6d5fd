"""Who acts when a command is called, for the audit log: whoever may use the machine."""

from typing import Any

from sqlalchemy.orm import Session

from app.clock import utc_now
from app.services import audit
from app.services.audit import NOTHING, Actor, Thing

HERE = Actor("command line")


def note(session: Session, action: str, thing: Thing = NOTHING, **details: Any) -> None:
    """Write down what a command does, in its own transaction."""
    audit.record(session, HERE, action, thing, now=utc_now(), details=details)
