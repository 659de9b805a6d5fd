"""One's own second factor: codes of an authenticator app, switched on and off, and recovery codes."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.console.acting import note
from app.console.door import SEE_OTHER, console, staff
from app.console.entering import thing
from app.console.own_account import has_to_keep_one, show_codes_once, tell
from app.console.proof import demand_proof
from app.db import db
from app.errors import Conflict, Invalid, NotFound
from app.permissions import Permission
from app.services.access import second_factor, totp
from app.services.access.sealed import Safe
from app.web.access import access
from app.web.installation import installation


@console.get("/account/codes")
@access("staff", Permission.OWN_ACCOUNT)
def set_up_codes() -> ResponseReturnValue:
    """A new secret, as a drawing and as text, and the form that asks for the first code."""
    return demand_proof() or _form(totp.new_secret())


@console.post("/account/codes")
@access("staff", Permission.OWN_ACCOUNT)
def switch_on_codes() -> ResponseReturnValue:
    """Switch the codes on once the app shows the right one, and show recovery codes."""
    refused = demand_proof()
    if refused is not None:
        return refused
    safe, now = Safe.of(installation().settings), installation().now()
    try:
        secret = totp.take_back(safe, staff(), request.form.get("secret", ""))
    except NotFound:
        flash(
            _("This page was open for too long. Here is a new drawing; remove the one of before from the app."),
            "warning",
        )
        return redirect(url_for("console.set_up_codes"), SEE_OTHER)
    try:
        totp.set_up(db.session(), safe, staff(), secret, request.form.get("code", ""), now=now)
    except Invalid as error:
        return _form(secret, error)
    note("staff.codes_on", thing(staff()))
    tell(
        staff(),
        _("Two steps to sign in from now on"),
        _("An authenticator app was set up for your account. Signing in asks for its code."),
    )
    return show_codes_once(_("Your authenticator app is set up"))


@console.get("/account/codes/off")
@access("staff", Permission.OWN_ACCOUNT)
def confirm_codes_off() -> ResponseReturnValue:
    """Ask whether the codes shall be switched off."""
    _demand_codes()
    return demand_proof() or render_template("console/codes_off.html")


@console.post("/account/codes/off")
@access("staff", Permission.OWN_ACCOUNT)
def switch_off_codes() -> ResponseReturnValue:
    """Forget the app's secret."""
    _demand_codes()
    refused = demand_proof()
    if refused is not None:
        return refused
    if has_to_keep_one() and not second_factor.has_passkey(db.session(), staff()):
        raise Conflict(_("Everybody here needs a second factor, and this is your only one. Add a passkey first."))
    totp.switch_off(staff())
    db.session.flush()
    second_factor.tidy(db.session(), staff())
    note("staff.codes_off", thing(staff()))
    tell(
        staff(),
        _("Your authenticator app is no longer asked for"),
        _("The codes of an authenticator app were switched off for your account."),
    )
    db.session.commit()
    flash(_("The codes are switched off. You can remove the account from the app."))
    return redirect(url_for("console.show_account"), SEE_OTHER)


@console.post("/account/recovery-codes")
@access("staff", Permission.OWN_ACCOUNT)
def renew_recovery_codes() -> ResponseReturnValue:
    """Ten new recovery codes in place of the former ones."""
    refused = demand_proof()
    if refused is not None:
        return refused
    if not second_factor.is_set_up(db.session(), staff()):
        raise Conflict(_("Recovery codes stand in for a second factor. Set one up first."))
    tell(
        staff(),
        _("New recovery codes were made for your account"),
        _("The ones of before stand in for your second factor no more."),
    )
    return show_codes_once(_("Your new recovery codes"))


def _form(secret: str, error: Invalid | None = None) -> Response:
    settings = installation().settings
    page = render_template(
        "console/codes.html",
        drawing=Markup(totp.drawing(totp.address(secret, staff(), settings.organisation))),  # noqa: S704
        secret=totp.in_groups(secret),
        handed_out=totp.hand_out(Safe.of(settings), staff(), secret),
        is_change=staff().totp_secret is not None,
        is_required=has_to_keep_one() and not second_factor.is_set_up(db.session(), staff()),
        problems=error.problems if error else (),
    )
    return make_response(page, 400 if error else 200)


def _demand_codes() -> None:
    if staff().totp_secret is None:
        raise Conflict(_("No authenticator app is set up for your account."))
