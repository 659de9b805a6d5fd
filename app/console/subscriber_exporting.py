"""The subscribers whom the list shows, as a file."""

from flask import request
from flask.typing import ResponseReturnValue

from app.console.door import console
from app.console.download import csv_answer, demand_export
from app.console.subscribers import asked_for
from app.db import db
from app.permissions import Permission
from app.services import subscriber_export
from app.web.access import access
from app.web.installation import installation


@console.post("/subscribers/export")
@access("staff", Permission.EXPORT)
def export_subscribers() -> ResponseReturnValue:
    """Everybody who fits what the list was asked for, as CSV; that is written down."""
    wanted = asked_for(request.form)
    refused = demand_export("subscribers.export", **subscriber_export.noted(wanted, request.form.get("topic", "")))
    if refused is not None:
        return refused
    name = f"subscribers-{installation().now():%Y-%m-%d}.csv"
    return csv_answer(name, subscriber_export.HEADER, subscriber_export.everybody(db.session(), wanted))
