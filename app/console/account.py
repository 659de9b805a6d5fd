"""My account: the password, the second factor, and where one is signed in."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.console import browsers
from app.console.acting import note
from app.console.door import SEE_OTHER, console, own_session, staff
from app.console.entering import go_on_proved, refuse, thing
from app.console.own_account import tell
from app.db import db
from app.errors import Invalid, NotFound, Problem
from app.permissions import Permission
from app.services.access import passkeys, passwords, recovery, sessions
from app.services.access.passkeys import Site
from app.services.access.sessions import Limits
from app.web.access import access
from app.web.installation import installation


@console.get("/account")
@access("staff", Permission.OWN_ACCOUNT)
def show_account() -> ResponseReturnValue:
    """Everything about one's own account."""
    session, here = db.session(), installation()
    places = sessions.complete_ones(session, staff(), now=here.now(), limits=Limits.of(here.settings))
    return render_template(
        "console/account.html",
        member=staff(),
        places=[(place, browsers.name(place.user_agent), place.id == own_session().id) for place in places],
        passkeys=passkeys.every(session, staff()),
        codes_left=recovery.left(session, staff()),
        can_have_passkeys=Site.of(here.settings).can_have_passkeys,
    )


@console.get("/account/password")
@access("staff", Permission.OWN_ACCOUNT)
def choose_password() -> ResponseReturnValue:
    """The form for a new password."""
    return _password_form()


@console.post("/account/password")
@access("staff", Permission.OWN_ACCOUNT)
def change_password() -> ResponseReturnValue:
    """Change it, end the sessions elsewhere, and tell its owner by mail. `limits` counts the tries."""
    if not passwords.fits(staff().password_hash, request.form.get("current_password", "")):
        refuse(staff(), "proof")
        wrong = Problem(_("This is not your present password."), field="current_password")
        return _password_form([wrong], 403)
    try:
        passwords.choose(staff(), request.form.get("new_password", ""), [installation().settings.organisation])
    except Invalid as error:
        db.session.rollback()
        return _password_form([Problem(problem.message, field="new_password") for problem in error.problems], 400)
    ended = sessions.end_all(db.session(), staff(), but=own_session())
    go_on_proved()
    note("staff.change_password", thing(staff()), sessions_ended=ended)
    tell(staff(), _("Your password was changed"), _("It was changed in “My account”, by somebody who was signed in."))
    db.session.commit()
    flash(_("Your password is changed. You are signed out everywhere else."))
    return redirect(url_for("console.show_account"), SEE_OTHER)


@console.post("/account/sign-out-there")
@access("staff", Permission.OWN_ACCOUNT)
def end_session() -> ResponseReturnValue:
    """Sign out in one other browser."""
    chosen = request.form.get("session_id", "")
    number = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) <= 18 else 0
    if number == own_session().id or not sessions.end_one(db.session(), staff(), number):
        raise NotFound(_("You are not signed in there any more."))
    note("staff.end_session", thing(staff()))
    db.session.commit()
    flash(_("You are signed out there."))
    return redirect(url_for("console.show_account"), SEE_OTHER)


@console.post("/account/sign-out-elsewhere")
@access("staff", Permission.OWN_ACCOUNT)
def end_other_sessions() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    ended = sessions.end_all(db.session(), staff(), but=own_session())
    note("staff.end_sessions", thing(staff()), sessions_ended=ended)
    db.session.commit()
    flash(
        ngettext("You are signed out in %(num)s other place.", "You are signed out in %(num)s other places.", ended)
        if ended
        else _("You were signed in nowhere else.")
    )
    return redirect(url_for("console.show_account"), SEE_OTHER)


def _password_form(problems: list[Problem] | None = None, status: int = 200) -> Response:
    page = render_template("console/password.html", problems=problems or [], minimum=passwords.MINIMUM)
    return make_response(page, status)
