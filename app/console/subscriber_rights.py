"""What staff do for a person who writes in about their data: a copy of all that is kept, and erasure."""

from collections.abc import Sequence

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import returning
from app.console.acting import note
from app.console.door import SEE_OTHER, console, staff
from app.console.download import demand_export
from app.console.person_key import known_person_of, person_key
from app.console.proof import demand_proof
from app.db import db
from app.errors import Invalid, Problem
from app.mail.address import EmailAddress
from app.models import Subscriber
from app.permissions import Permission
from app.services import access_export, erasure, on_request
from app.services.audit import Thing
from app.services.consent import BY_STAFF, Origin, staff_actor
from app.web.access import access
from app.web.installation import installation


@console.post("/subscribers/<person>/data")
@access("staff", Permission.EXPORT)
def export_subscriber(person: str) -> ResponseReturnValue:
    """Everything about one person as a file: `as=json` for machines, else a page to send to them."""
    subscriber = known_person_of(person)
    kind = "json" if request.form.get("as") == "json" else "html"
    refused = demand_export("subscriber.export", _thing(subscriber), kind=kind)
    if refused is not None:
        return refused
    here = installation()
    facts = access_export.gather(db.session(), here.settings, subscriber, now=here.now())
    if kind == "json":
        answer = Response(access_export.as_json(facts), mimetype="application/json")
    else:
        answer = Response(render_template("public/dossier_file.html", facts=facts), mimetype="text/html")
    answer.headers["Content-Disposition"] = f'attachment; filename="person-{subscriber.id}.{kind}"'
    return answer


@console.get("/subscribers/<person>/erase")
@access("staff", Permission.CHANGE_PEOPLE)
def confirm_erasure(person: str) -> ResponseReturnValue:
    """Say what erasing means, and ask for the address and how they asked."""
    subscriber = known_person_of(person)
    return demand_proof() or _form(subscriber)


@console.post("/subscribers/<person>/erase")
@access("staff", Permission.CHANGE_PEOPLE)
def erase_subscriber(person: str) -> ResponseReturnValue:
    """Erase them at once and for good."""
    subscriber = known_person_of(person)
    refused = demand_proof()
    if refused is not None:
        return refused
    problems: list[Problem] = []
    if not _is_theirs(request.form.get("typed", ""), subscriber):
        problems.append(Problem(_("Type the whole address, to show that it is the one that you mean."), field="typed"))
    try:
        why = on_request.read_reason(request.form.get("reason", ""))
    except Invalid as error:
        problems += error.problems
    if problems:
        return _form(subscriber, problems)
    session = db.session()
    # why stands in the audit log alone: what the consent log has as its source can never be blanked
    by_staff = Origin(BY_STAFF, actor=staff_actor(staff().id), method="console")
    erasure.erase(session, subscriber.id, by_staff, now=installation().now())
    note("subscriber.erase", _thing(subscriber), reason=why)
    session.commit()
    flash(_("This person is erased. Their address can't be brought in again, except by themselves."))
    return redirect(url_for("console.show_subscriber", person=person), SEE_OTHER)


@returning.reopens("console.erase_subscriber")
def erasure_typed_again(person: str) -> Response:
    """The form with what was typed; nobody is erased."""
    return _form(known_person_of(person), [Problem(returning.why())])


def _form(subscriber: Subscriber, problems: Sequence[Problem] = ()) -> Response:
    page = render_template(
        "console/subscriber_erasing.html",
        person=subscriber,
        key=person_key(subscriber.id),
        typed=request.form,
        problems=problems,
    )
    return make_response(page, 400 if problems else 200)


def _is_theirs(typed: str, subscriber: Subscriber) -> bool:
    try:
        return EmailAddress.parse(typed).identity == subscriber.identity
    except Invalid:
        return False


def _thing(subscriber: Subscriber) -> Thing:
    return Thing("subscriber", str(subscriber.id))
