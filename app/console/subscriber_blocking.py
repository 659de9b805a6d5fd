"""Blocking an address: staff decide that nothing is sent to it, whatever its owner signs up for."""

from collections.abc import Sequence

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import returning
from app.console.acting import note
from app.console.door import SEE_OTHER, console, staff
from app.console.person_key import person_key, person_of
from app.db import db
from app.errors import Invalid, Problem
from app.models import Subscriber
from app.permissions import Permission
from app.services import on_request
from app.services.audit import Thing
from app.web.access import access
from app.web.installation import installation


@console.get("/subscribers/<person>/block")
@access("staff", Permission.CHANGE_PEOPLE)
def confirm_blocking(person: str) -> ResponseReturnValue:
    """Ask why nothing shall be sent to them any more."""
    return _form(person_of(person))


@console.post("/subscribers/<person>/block")
@access("staff", Permission.CHANGE_PEOPLE)
def block_subscriber(person: str) -> ResponseReturnValue:
    """End everything, and let no opt-in begin it again."""
    session, subscriber = db.session(), person_of(person)
    try:
        why = on_request.read_reason(request.form.get("reason", ""))
    except Invalid as error:
        return _form(subscriber, error.problems)
    on_request.block(session, subscriber, why, by=staff(), now=installation().now())
    note("subscriber.block", Thing("subscriber", str(subscriber.id)), reason=why)
    session.commit()
    flash(_("This address is blocked. Nothing is sent to it, not even a confirmation."))
    return redirect(url_for("console.show_subscriber", person=person_key(subscriber.id)), SEE_OTHER)


@returning.reopens("console.block_subscriber")
def blocking_typed_again(person: str) -> Response:
    """The form with what was typed; nobody is blocked."""
    return _form(person_of(person), [Problem(returning.why())])


def _form(subscriber: Subscriber, problems: Sequence[Problem] = ()) -> Response:
    page = render_template(
        "console/subscriber_blocking.html",
        person=subscriber,
        key=person_key(subscriber.id),
        reason=request.form.get("reason", ""),
        problems=problems,
    )
    return make_response(page, 400 if problems else 200)
