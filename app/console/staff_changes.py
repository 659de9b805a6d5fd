"""What an admin does to a colleague's account: another role, in or out, a link by mail, a lost second factor."""

from collections.abc import Sequence

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import returning
from app.console.acting import note
from app.console.door import SEE_OTHER, console, staff
from app.console.entering import thing
from app.console.own_account import tell
from app.console.proof import demand_proof
from app.console.staff import chosen_role
from app.db import db
from app.errors import Conflict, Invalid, Problem
from app.models import StaffMember
from app.permissions import Permission
from app.services import site
from app.services.access import accounts, second_factor, telling
from app.web.access import access
from app.web.installation import installation

LONGEST_REASON = 500


@console.post("/staff/<int:staff_id>/role")
@access("staff", Permission.CHANGE_STAFF)
def change_role(staff_id: int) -> ResponseReturnValue:
    """Give somebody another role; they have to sign in again."""
    refused = demand_proof()
    if refused is not None:
        return refused
    member, role = accounts.get(db.session(), staff_id), chosen_role()
    if role is None:
        raise Invalid(_("Choose one of the roles."))
    former = accounts.change_role(db.session(), member, role, by=staff())
    if former is not role:
        note("staff.change_role", thing(member), before=former.value, after=role.value)
    db.session.commit()
    flash(_("%(name)s has the role that you chose. They are signed out, and sign in with it.", name=member.name))
    return _back(member)


@console.get("/staff/<int:staff_id>/disable")
@access("staff", Permission.CHANGE_STAFF)
def confirm_disabling(staff_id: int) -> ResponseReturnValue:
    """Ask whether somebody shall be kept out."""
    return demand_proof() or render_template(
        "console/colleague_disable.html", member=accounts.get(db.session(), staff_id)
    )


@console.post("/staff/<int:staff_id>/disable")
@access("staff", Permission.CHANGE_STAFF)
def disable_colleague(staff_id: int) -> ResponseReturnValue:
    """Keep somebody out, at once and wherever they are signed in."""
    refused = demand_proof()
    if refused is not None:
        return refused
    member = accounts.get(db.session(), staff_id)
    accounts.disable(db.session(), member, by=staff())
    note("staff.disable", thing(member))
    db.session.commit()
    flash(_("%(name)s can't sign in any more and is signed out everywhere.", name=member.name))
    return _back(member)


@console.post("/staff/<int:staff_id>/enable")
@access("staff", Permission.CHANGE_STAFF)
def enable_colleague(staff_id: int) -> ResponseReturnValue:
    """Let somebody in again."""
    refused = demand_proof()
    if refused is not None:
        return refused
    member = accounts.get(db.session(), staff_id)
    accounts.enable(member)
    note("staff.enable", thing(member))
    db.session.commit()
    flash(_("%(name)s can sign in again.", name=member.name))
    return _back(member)


@console.post("/staff/<int:staff_id>/link")
@access("staff", Permission.CHANGE_STAFF)
def send_link(staff_id: int) -> ResponseReturnValue:
    """Mail somebody a link by which they choose a password: the invitation again, if they have none yet."""
    refused = demand_proof()
    if refused is not None:
        return refused
    session, here, member = db.session(), installation(), accounts.get(db.session(), staff_id)
    if not member.is_enabled:
        raise Conflict(_("This account is disabled. Enable it first."))
    press = site.press(session, here.press)
    if member.password_hash:
        telling.send_reset(session, press, member, now=here.now())
    else:
        telling.invite(session, press, member, invited_by=staff().name or staff().email, now=here.now())
    note("staff.send_link", thing(member))
    session.commit()
    flash(_("A link is on its way to %(address)s. It works for thirty minutes, and once.", address=member.email))
    return _back(member)


@console.get("/staff/<int:staff_id>/second-factor")
@access("staff", Permission.CHANGE_STAFF)
def confirm_second_factor_reset(staff_id: int) -> ResponseReturnValue:
    """Ask why somebody's second factor shall be taken away."""
    return demand_proof() or _ask_why(accounts.get(db.session(), staff_id))


@console.post("/staff/<int:staff_id>/second-factor")
@access("staff", Permission.CHANGE_STAFF)
def reset_second_factor(staff_id: int) -> ResponseReturnValue:
    """Take it away, for a reason that is written down, and tell its owner."""
    refused = demand_proof()
    if refused is not None:
        return refused
    member, reason = accounts.get(db.session(), staff_id), " ".join(request.form.get("reason", "").split())
    if member.id == staff().id:
        raise Conflict(_("Change your own second factor in “My account”."))
    if not 0 < len(reason) <= LONGEST_REASON:
        words = _("Say in a sentence why, such as: telephone lost, spoken to in person.")
        return _ask_why(member, [Problem(words, field="reason")])
    second_factor.remove(db.session(), member)
    note("staff.reset_second_factor", thing(member), reason=reason)
    if member.is_enabled:
        tell(member, _("Your second factor was taken away"), _("An admin did it, because you can't use it any more."))
    db.session.commit()
    flash(_("%(name)s signs in with the password alone until they set up a new second factor.", name=member.name))
    return _back(member)


@returning.reopens("console.reset_second_factor")
def reason_typed_again(staff_id: int) -> Response:
    """The form with the reason that was typed; nothing is taken away."""
    return _ask_why(accounts.get(db.session(), staff_id), [Problem(returning.why())])


def _ask_why(member: StaffMember, problems: Sequence[Problem] = ()) -> Response:
    reason = request.form.get("reason", "")
    page = render_template("console/colleague_factor.html", member=member, reason=reason, problems=problems)
    return make_response(page, 400 if problems else 200)


def _back(member: StaffMember) -> ResponseReturnValue:
    return redirect(url_for("console.show_colleague", staff_id=member.id), SEE_OTHER)
