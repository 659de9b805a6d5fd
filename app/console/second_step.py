"""The second step of signing in: a code of the authenticator app, or a recovery code. Passkeys stand in `passkeys`."""

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.console import entering, own_account
from app.console.door import SEE_OTHER, console, safe_target
from app.db import db
from app.errors import Problem
from app.models import StaffMember
from app.services.access import recovery, second_factor, totp
from app.services.access.sealed import Safe
from app.web.access import access
from app.web.installation import installation

APP, RECOVERY = "authenticator app", "recovery code"


@console.get("/sign-in/second-step")
@access("sign-in")
def second_step() -> ResponseReturnValue:
    """Ask whoever has shown their password for the second factor."""
    target = safe_target(request.args.get("next", ""))
    if g.staff is not None:
        return redirect(target, SEE_OTHER)
    if g.entering is None:
        return redirect(url_for("console.sign_in", next=target), SEE_OTHER)
    return form(target)


@console.post("/sign-in/second-step")
@access("sign-in")
def try_second_step() -> ResponseReturnValue:
    """Check a code; `limits` counts the tries."""
    target = safe_target(request.form.get("next", ""))
    if g.entering is None:
        return redirect(url_for("console.sign_in", next=target), SEE_OTHER)
    member: StaffMember = g.entering.staff_member
    how = _accepted(member, request.form.get("code", ""))
    if not how:
        entering.refuse(member, "code")
        return form(target, _("This code is wrong, or was used already. Wait for the next one and type that."))
    left = recovery.left(db.session(), member)
    if how == RECOVERY:
        _tell_owner(member)
    answer = entering.enter(member, target, f"password and {how}")
    if how == RECOVERY:
        flash(ngettext("You have %(num)s recovery code left.", "You have %(num)s recovery codes left.", left), "info")
    return answer


def form(target: str, wrong: str = "") -> Response:
    """The page that asks for the second factor; `wrong` says why it is shown again."""
    member: StaffMember = g.entering.staff_member
    page = render_template(
        "console/second_step.html",
        target=target,
        problems=[Problem(wrong, field="code")] if wrong else [],
        has_codes=member.totp_secret is not None,
        has_passkey=second_factor.has_passkey(db.session(), member),
    )
    return make_response(page, 403 if wrong else 200)


def _accepted(member: StaffMember, code: str) -> str:
    """By what the code was accepted; nothing if it wasn't."""
    session, now = db.session(), installation().now()
    if totp.accept(session, Safe.of(installation().settings), member, code, now=now):
        return APP
    return RECOVERY if recovery.use(session, member, code, now=now) else ""


def _tell_owner(member: StaffMember) -> None:
    """Tell the owner by mail, who may not be the one who typed the code."""
    own_account.tell(
        member,
        _("A recovery code was used to sign in"),
        _("Somebody signed in to your account with your password and one of your recovery codes."),
    )
