"""The banner on every page of a copied installation: nothing is sent from here."""

from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from app.console.door import console
from app.db import db
from app.services import instance
from app.web.installation import installation


@console.context_processor
def show_lock() -> dict[str, Callable[[], str]]:
    """Let the frame of the console ask why nothing is sent."""
    return {"why_nothing_is_sent": why_nothing_is_sent}


def why_nothing_is_sent() -> str:
    """The words of the instance lock; empty where mail may be sent, or where the database can't be asked."""
    try:
        return instance.may_send(db.session(), installation().settings)
    except SQLAlchemyError:
        db.session.rollback()
        return ""
