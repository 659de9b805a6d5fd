"""The sign-up form's guard as staff see it: the banner while it is on, and addresses of roles that wait for them."""

from collections.abc import Sequence

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from app.console.acting import note
from app.console.door import SEE_OTHER, console, staff
from app.db import db
from app.errors import Conflict, Invalid
from app.models import SignupApproval, SignupAttack
from app.permissions import Permission
from app.services import role_addresses, site
from app.services.audit import Thing
from app.services.guard import attack
from app.web.access import access
from app.web.installation import installation

_ANSWERS = {"yes": True, "no": False}


@console.context_processor
def show_guard() -> dict[str, object]:
    """Let the console's templates ask whether the form is guarded, and what waits."""
    return {"signup_attack": _attack, "is_signup_guarded": _is_always_on, "waiting_approvals": _waiting}


@console.post("/subscribers/approvals")
@access("staff", Permission.CHANGE_PEOPLE)
def decide_approval() -> ResponseReturnValue:
    """Ask the address of a role to confirm, or don't; of two people who decide at once the first counts."""
    session, number = db.session(), request.form.get("approval", "")
    answer = _ANSWERS.get(request.form.get("answer", ""))
    if answer is None or not (number.isascii() and number.isdecimal() and len(number) <= 18):
        raise Invalid(_("Choose one of the two answers."))
    try:
        decided = role_addresses.decide(session, int(number), is_approved=answer, by=staff(), now=installation().now())
    except Conflict:
        session.rollback()
        flash(_("Somebody has decided this already."), "warning")
    else:
        note("subscriber.approve_role" if answer else "subscriber.refuse_role", _thing(decided))
        session.commit()
        flash(_("A confirmation is on its way.") if answer else _("Nothing is sent there."))
    return redirect(url_for("console.list_subscribers"), SEE_OTHER)


def _thing(decided: SignupApproval) -> Thing:
    return Thing("subscriber", str(decided.subscriber_id))


def _attack() -> SignupAttack | None:
    """The attack that goes on; none where the database can't be asked."""
    try:
        return attack.current(db.session())
    except SQLAlchemyError:
        db.session.rollback()
        return None


def _is_always_on() -> bool:
    try:
        return site.get(db.session(), installation().settings).signup_guard == "on"
    except SQLAlchemyError:
        db.session.rollback()
        return False


def _waiting() -> Sequence[SignupApproval]:
    return role_addresses.waiting(db.session())
