"""Everybody who may use the console: the list, an invitation, one person's page."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import returning
from app.console.acting import note
from app.console.door import SEE_OTHER, console, staff
from app.console.entering import thing
from app.console.forbidden import role_words
from app.console.proof import demand_proof
from app.db import db
from app.errors import Conflict, Invalid, Problem
from app.models import Role
from app.permissions import Permission
from app.services import site
from app.services.access import accounts, passkeys, recovery, sessions, telling
from app.services.access.sessions import Limits
from app.web.access import access
from app.web.installation import installation


@console.get("/staff")
@access("staff", Permission.CHANGE_STAFF)
def list_staff() -> ResponseReturnValue:
    """Everybody who has an account."""
    colleagues = accounts.every(db.session())
    return render_template("console/staff.html", colleagues=colleagues, me=staff(), role_words=role_words)


@console.get("/staff/invite")
@access("staff", Permission.CHANGE_STAFF)
def new_colleague() -> ResponseReturnValue:
    """The form of an invitation."""
    return demand_proof() or _form()


@console.post("/staff/invite")
@access("staff", Permission.CHANGE_STAFF)
def invite_colleague() -> ResponseReturnValue:
    """Make the account and mail its owner a link by which they choose a password."""
    refused = demand_proof()
    if refused is not None:
        return refused
    session, here, role = db.session(), installation(), chosen_role()
    if role is None:
        return _form([Problem(_("Choose what they may do."), field="role")])
    try:
        member = accounts.invite(session, request.form.get("email", ""), request.form.get("name", ""), role)
    except Invalid as error:
        return _form(error.problems)
    except Conflict as error:
        return _form([Problem(str(error), field="email")])
    press = site.press(session, here.press)
    telling.invite(session, press, member, invited_by=staff().name or staff().email, now=here.now())
    note("staff.invite", thing(member), role=role.value)
    session.commit()
    flash(_("%(name)s is invited. The link in the mail works for thirty minutes.", name=member.name))
    return redirect(url_for("console.list_staff"), SEE_OTHER)


@returning.reopens("console.invite_colleague")
def invitation_typed_again() -> Response:
    """The form with what was typed; nobody is invited."""
    return _form([Problem(returning.why())])


@console.get("/staff/<int:staff_id>")
@access("staff", Permission.CHANGE_STAFF)
def show_colleague(staff_id: int) -> ResponseReturnValue:
    """One person's account, and what can be done about it."""
    session, here, member = db.session(), installation(), accounts.get(db.session(), staff_id)
    places = sessions.complete_ones(session, member, now=here.now(), limits=Limits.of(here.settings))
    return render_template(
        "console/colleague.html",
        member=member,
        is_me=member.id == staff().id,
        roles=role_choices(),
        passkeys=len(passkeys.every(session, member)),
        codes_left=recovery.left(session, member),
        places=len(places),
    )


def role_choices() -> list[tuple[str, str, str]]:
    """Each role, what it is called, and what it may do."""
    about = {
        Role.VIEWER: _("Sees statements, campaigns and reports, without anybody's address."),
        Role.AUTHOR: _("Also writes and publishes statements, prepares campaigns, sends test mails."),
        Role.APPROVER: _("Also approves and sends campaigns, and sees subscribers."),
        Role.ADMIN: _("Everything, staff and settings included."),
    }
    return [(role.value, role_words(role), words) for role, words in about.items()]


def chosen_role() -> Role | None:
    """The role that the form names."""
    typed = request.form.get("role", "")
    return Role(typed) if typed in set(Role) else None


def _form(problems: tuple[Problem, ...] | list[Problem] = ()) -> Response:
    page = render_template("console/staff_invite.html", typed=request.form, roles=role_choices(), problems=problems)
    return make_response(page, 400 if problems else 200)
