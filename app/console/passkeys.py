"""Passkeys: signing in with one, alone or as the second step, and one's own list of them."""

from collections.abc import Sequence

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import challenges, entering, returning, second_step, sign_in
from app.console.acting import note
from app.console.door import SEE_OTHER, console, safe_target, staff
from app.console.own_account import has_to_keep_one, show_codes_once, tell
from app.console.proof import demand_proof
from app.db import db
from app.errors import Conflict, Expired, Forbidden, Invalid, Problem
from app.models import Passkey
from app.permissions import Permission
from app.services.access import passkeys, recovery, second_factor
from app.services.access.passkeys import Site
from app.web.access import access
from app.web.installation import installation


@console.get("/passkey-challenge")
@access("sign-in")
def ask_for_passkey() -> Response:
    """What the browser needs to show a passkey, as JSON; of which person depends on how far they have come."""
    entry = g.entry or g.entering
    options = passkeys.ask(
        db.session(),
        _site(),
        entry.staff_member if entry else None,
        challenges.issue(),
        alone=g.entering is None,
    )
    return _json(options)


@console.post("/sign-in/passkey")
@access("sign-in")
def try_passkey() -> ResponseReturnValue:
    """Sign in with a passkey; without a password before, it has to know its owner. `limits` counts the tries."""
    target = safe_target(request.form.get("next", ""))
    entering_as = g.entering.staff_member if g.entering else None
    try:
        shown = passkeys.check(
            db.session(),
            _site(),
            request.form.get("passkey", ""),
            challenges.take(),
            now=installation().now(),
            alone=entering_as is None,
            member=entering_as,
        )
    except (Forbidden, Expired) as error:
        entering.refuse(entering_as, "passkey")
        return second_step.form(target, str(error)) if entering_as else sign_in.form(target, str(error))
    return entering.enter(shown.staff_member, target, "password and passkey" if entering_as else "passkey")


@console.get("/account/passkeys/challenge")
@access("staff", Permission.OWN_ACCOUNT)
def offer_passkey() -> Response:
    """What the browser needs to make a passkey, as JSON."""
    return _json(passkeys.offer(db.session(), _site(), staff(), challenges.issue()))


@console.get("/account/passkeys/new")
@access("staff", Permission.OWN_ACCOUNT)
def new_passkey() -> ResponseReturnValue:
    """The page on which a passkey is made."""
    return demand_proof() or _new_form()


@console.post("/account/passkeys")
@access("staff", Permission.OWN_ACCOUNT)
def keep_passkey() -> ResponseReturnValue:
    """Keep the passkey that the browser has made; with the first second factor come recovery codes."""
    refused = demand_proof()
    if refused is not None:
        return refused
    session, now, answer = db.session(), installation().now(), request.form.get("passkey", "")
    try:
        made = passkeys.register(
            session, _site(), staff(), answer, challenges.take(), name=request.form.get("name", ""), now=now
        )
    except Invalid as error:
        return _new_form(error.problems)
    except (Conflict, Expired) as error:
        return _new_form([Problem(str(error), field="add-passkey")])
    note("staff.add_passkey", entering.thing(staff()), passkey=made.name)
    tell(staff(), _("A passkey was added to your account"), _("Its name is “%(name)s”.", name=made.name))
    if recovery.left(session, staff()):
        db.session.commit()
        flash(_("The passkey is kept. You can sign in with it from now on."))
        return redirect(url_for("console.show_account"), SEE_OTHER)
    return show_codes_once(_("Your passkey is kept"))


@console.get("/account/passkeys/<int:passkey_id>")
@access("staff", Permission.OWN_ACCOUNT)
def show_passkey(passkey_id: int) -> ResponseReturnValue:
    """One's own passkey, to be renamed or removed."""
    return _own_form(passkeys.get(db.session(), staff(), passkey_id))


@console.post("/account/passkeys/<int:passkey_id>")
@access("staff", Permission.OWN_ACCOUNT)
def rename_passkey(passkey_id: int) -> ResponseReturnValue:
    """Call it something else."""
    passkey = passkeys.get(db.session(), staff(), passkey_id)
    former = passkey.name
    try:
        passkeys.rename(passkey, request.form.get("name", ""))
    except Invalid as error:
        return _own_form(passkey, error.problems)
    note("staff.rename_passkey", entering.thing(staff()), passkey=passkey.name, former=former)
    db.session.commit()
    flash(_("The passkey is called “%(name)s” now.", name=passkey.name))
    return redirect(url_for("console.show_account"), SEE_OTHER)


@console.post("/account/passkeys/<int:passkey_id>/remove")
@access("staff", Permission.OWN_ACCOUNT)
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    """Nobody signs in with it any more."""
    refused = demand_proof()
    if refused is not None:
        return refused
    session, passkey = db.session(), passkeys.get(db.session(), staff(), passkey_id)
    if len(passkeys.every(session, staff())) == 1 and staff().totp_secret is None and has_to_keep_one():
        raise Conflict(_("Everybody here needs a second factor, and this is your only one. Set up another one first."))
    session.delete(passkey)
    session.flush()
    second_factor.tidy(session, staff())
    note("staff.remove_passkey", entering.thing(staff()), passkey=passkey.name)
    tell(staff(), _("A passkey was removed from your account"), _("Its name was “%(name)s”.", name=passkey.name))
    db.session.commit()
    flash(_("The passkey is removed. If the device still offers it, delete it there too."))
    return redirect(url_for("console.show_account"), SEE_OTHER)


@returning.reopens("console.rename_passkey")
def name_typed_again(passkey_id: int) -> Response:
    """The form with the name that was typed, not kept."""
    return _own_form(passkeys.get(db.session(), staff(), passkey_id), [Problem(returning.why())])


def _new_form(problems: Sequence[Problem] = ()) -> Response:
    can_have = _site().can_have_passkeys
    name = request.form.get("name", "")
    page = render_template("console/passkey_new.html", name=name, problems=problems, can_have_passkeys=can_have)
    return make_response(page, 400 if problems else 200)


def _own_form(passkey: Passkey, problems: Sequence[Problem] = ()) -> Response:
    name = request.form.get("name", passkey.name)
    page = render_template("console/passkey.html", passkey=passkey, name=name, problems=problems)
    return make_response(page, 400 if problems else 200)


def _site() -> Site:
    return Site.of(installation().settings)


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")
