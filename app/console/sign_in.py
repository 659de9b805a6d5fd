"""Signing in with a password, and out. A session ends in the database, so that a copied cookie is worthless."""

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import entering
from app.console.door import SEE_OTHER, console, safe_target
from app.db import db
from app.errors import Forbidden, Problem
from app.permissions import Permission
from app.services.access import accounts, sessions, signing_in
from app.services.access.passkeys import Site
from app.services.access.sessions import Limits
from app.web.access import access
from app.web.installation import installation


@console.get("/sign-in")
@access("sign-in")
def sign_in() -> ResponseReturnValue:
    """The form; whoever is signed in already goes on."""
    target = safe_target(request.args.get("next", ""))
    if g.staff is not None:
        return redirect(target, SEE_OTHER)
    return form(target)


@console.post("/sign-in")
@access("sign-in")
def try_to_sign_in() -> ResponseReturnValue:
    """Check the password and begin a new session; every failure gets the same answer. `limits` counts the tries."""
    target, email = safe_target(request.form.get("next", "")), request.form.get("email", "")
    now, limits = installation().now(), Limits.of(installation().settings)
    try:
        key = signing_in.sign_in(
            db.session(), email, request.form.get("password", ""), now=now, place=entering.place(), limits=limits
        )
    except Forbidden:
        entering.refuse(accounts.find(db.session(), email), "password")
        return form(target, _("The address or the password is wrong. Check both and try again."))
    entry = sessions.find(db.session(), key, now=now, limits=limits)
    if entry is None or not entry.is_complete:
        return entering.wait_for_second_step(key, target)
    return entering.enter(entry.staff_member, target, "password", key)


@console.post("/sign-out")
@access("staff", Permission.OWN_ACCOUNT)
def sign_out() -> ResponseReturnValue:
    """End the session in the database and forget it in the cookie."""
    entering.leave()
    flash(_("You are signed out."))
    return redirect(url_for("console.sign_in"), SEE_OTHER)


def form(target: str, wrong: str = "") -> Response:
    """The page on which one signs in; `wrong` says why it is shown again."""
    problems = [Problem(wrong, field="email")] if wrong else []
    page = render_template(
        "console/sign_in.html",
        email=request.form.get("email", ""),
        target=target,
        problems=problems,
        has_passkeys=Site.of(installation().settings).can_have_passkeys,
    )
    return make_response(page, 403 if wrong else 200)
