"""Letting an address be written to again: that of a subscriber, or one that is remembered although nobody has it."""

from collections.abc import Sequence

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import returning
from app.console.acting import note
from app.console.door import SEE_OTHER, console
from app.console.people_words import suppression_words
from app.console.person_key import person_key, person_of
from app.db import db
from app.errors import Conflict, Invalid, Problem
from app.mail.address import EmailAddress
from app.models import SILENCING, Subscriber, SubscriptionState, SuppressionReason
from app.permissions import Permission
from app.services import on_request, subscriber_story, subscribers, suppressions
from app.services.audit import Thing
from app.services.suppressions import address_hmac
from app.web.access import access
from app.web.installation import installation


@console.get("/subscribers/<person>/lift")
@access("staff", Permission.CHANGE_PEOPLE)
def confirm_lifting(person: str) -> ResponseReturnValue:
    """Ask why they may be written to again."""
    return _form_of(person_of(person))


@console.post("/subscribers/<person>/lift")
@access("staff", Permission.CHANGE_PEOPLE)
def lift_suppression(person: str) -> ResponseReturnValue:
    """Let them be written to again."""
    subscriber = person_of(person)
    problems = _lift(subscriber.address_hmac, Thing("subscriber", str(subscriber.id)))
    if problems:
        return _form_of(subscriber, problems)
    flash(_("This address may be written to again."))
    return redirect(url_for("console.show_subscriber", person=person_key(subscriber.id)), SEE_OTHER)


@console.post("/subscribers/remembered")
@access("staff", Permission.CHANGE_PEOPLE)
def confirm_forgetting() -> ResponseReturnValue:
    """Ask why an address that nobody has may be written to again; it is posted, because none stands in a URL."""
    address = EmailAddress.parse(request.form.get("email", ""))
    return _to_owner(address) or _form_of_nobody(address)


@console.post("/subscribers/remembered/lift")
@access("staff", Permission.CHANGE_PEOPLE)
def forget_suppression() -> ResponseReturnValue:
    """Let an address that nobody has be written to again."""
    address = EmailAddress.parse(request.form.get("email", ""))
    owner = _to_owner(address)
    if owner is not None:
        return owner
    key = address_hmac(installation().settings, address)
    problems = _lift(key, Thing("address", key.hex()[:16]))
    if problems:
        return _form_of_nobody(address, problems)
    flash(_("This address may be written to again. Nobody is subscribed by that."))
    return redirect(url_for("console.list_subscribers"), SEE_OTHER)


@returning.reopens("console.lift_suppression", "console.confirm_forgetting", "console.forget_suppression")
def lifting_typed_again(person: str = "") -> Response:
    """The form with what was typed; nothing is lifted."""
    if person:
        return _form_of(person_of(person), [Problem(returning.why())])
    return _form_of_nobody(EmailAddress.parse(request.form.get("email", "")), [Problem(returning.why())])


def _to_owner(address: EmailAddress) -> ResponseReturnValue | None:
    """Somebody has signed up with it meanwhile: then it is about them."""
    owner = subscribers.by_address(db.session(), address)
    if owner is None:
        return None
    return redirect(url_for("console.confirm_lifting", person=person_key(owner.id)), SEE_OTHER)


def _lift(key: bytes, thing: Thing) -> list[Problem]:
    """Do it, write it down and commit; gives what is wrong with the form, and then nothing is done."""
    session, problems, lifted, why = db.session(), list[Problem](), SuppressionReason.HARD, ""
    try:
        typed = request.form.get("typed", "")
        lifted = on_request.lift(session, key, typed=typed, settings=installation().settings)
    except Invalid as error:
        problems += error.problems
    try:
        why = on_request.read_reason(request.form.get("reason", ""))
    except Invalid as error:
        problems += error.problems
    if problems:
        session.rollback()
        return problems
    note("subscriber.lift", thing, reason=why, was=lifted.value)
    session.commit()
    return []


def _form_of(subscriber: Subscriber, problems: Sequence[Problem] = ()) -> Response:
    rows = subscriber_story.subscriptions_of(db.session(), subscriber.id)
    key = person_key(subscriber.id)
    return _form(
        subscriber.address,
        subscriber.address_hmac,
        problems,
        action=url_for("console.lift_suppression", person=key),
        back=url_for("console.show_subscriber", person=key),
        is_somebody=True,
        is_confirmed=any(row.state is SubscriptionState.CONFIRMED for row in rows),
    )


def _form_of_nobody(address: EmailAddress, problems: Sequence[Problem] = ()) -> Response:
    return _form(
        address.text,
        address_hmac(installation().settings, address),
        problems,
        action=url_for("console.forget_suppression"),
        back=url_for("console.list_subscribers"),
        is_somebody=False,
    )


def _form(address: str, key: bytes, problems: Sequence[Problem], **about: object) -> Response:
    found = suppressions.find(db.session(), key)
    if found is None:
        raise Conflict(_("This address may be written to already."))
    page = render_template(
        "console/subscriber_lifting.html",
        address=address,
        suppression=found,
        words=suppression_words(found.reason),
        is_grave=found.reason in SILENCING,
        typed=request.form,
        problems=problems,
        **about,
    )
    return make_response(page, 400 if problems else 200)
