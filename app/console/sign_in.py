"""Signing in and out. A session begins empty and ends in the database, so that a copied cookie is worthless."""

from flask import Response, flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.door import KEY, SEE_OTHER, console, safe_target
from app.db import db
from app.errors import Forbidden, Problem
from app.permissions import Permission
from app.services import access as accounts
from app.web.access import access
from app.web.installation import installation


@console.get("/sign-in")
@access("sign-in")
def sign_in() -> ResponseReturnValue:
    """The form; whoever is signed in already goes on."""
    target = safe_target(request.args.get("next", ""))
    if g.staff is not None:
        return redirect(target, SEE_OTHER)
    return _form(target)


@console.post("/sign-in")
@access("sign-in")
def try_to_sign_in() -> ResponseReturnValue:
    """Check the password and begin a new session; every failure gets the same answer. `limits` counts the tries."""
    target = safe_target(request.form.get("next", ""))
    now, agent = installation().now(), request.user_agent.string
    try:
        key = accounts.sign_in(
            db.session(), request.form.get("email", ""), request.form.get("password", ""), now=now, user_agent=agent
        )
    except Forbidden:
        return _form(target, 403)
    _end_session()
    db.session.commit()
    session[KEY] = key
    return redirect(target, SEE_OTHER)


@console.post("/sign-out")
@access("staff", Permission.OWN_ACCOUNT)
def sign_out() -> ResponseReturnValue:
    """End the session in the database and forget it in the cookie."""
    _end_session()
    db.session.commit()
    flash(_("You are signed out."))
    return redirect(url_for("console.sign_in"), SEE_OTHER)


def _end_session() -> None:
    key = session.get(KEY)
    if isinstance(key, str):
        accounts.sign_out(db.session(), key)
    session.clear()


def _form(target: str, status: int = 200) -> Response:
    email = request.form.get("email", "")
    problems = []
    if status != 200:
        words = _("The address or the password is wrong. Check both and try again.")
        problems.append(Problem(words, field="email"))
    page = render_template("console/sign_in.html", email=email, target=target, problems=problems)
    return make_response(page, status)
