"""Asking for the password again, or a passkey, before something grave (ASVS 7.5): within fifteen minutes it holds.

What somebody sent in the meantime is carried along, so that nothing typed is lost; files aren't, and neither are
passwords.
"""

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import challenges, entering
from app.console.door import SEE_OTHER, console, own_session, safe_target, staff
from app.db import db
from app.errors import Expired, Forbidden, Problem
from app.permissions import Permission
from app.services.access import passkeys, passwords, second_factor, sessions
from app.services.access.passkeys import Site
from app.web.access import access
from app.web.installation import installation

PROOF, ANSWER, TARGET, AGAIN = "proof", "passkey", "next", "again"
_SAME_METHOD = 307
_UNAUTHORISED = 401
_OURS = frozenset({"csrf_token", "username", PROOF, ANSWER, TARGET, AGAIN})


def demand_proof() -> ResponseReturnValue | None:
    """Nothing if whoever is signed in has shown who they are a short while ago; else the answer that asks them to.

    Call it first in a view, and return what it gives unless that is None. What was posted arrives again afterwards.
    """
    if sessions.is_proved(own_session(), now=installation().now()):
        return None
    here = request.full_path.rstrip("?")
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("console.prove_again", next=here), SEE_OTHER)
    return _form(here, carried=_carried(), is_again=True)


@console.get("/prove")
@access("staff", Permission.OWN_ACCOUNT)
def prove_again() -> ResponseReturnValue:
    """Ask for the password or a passkey."""
    target = safe_target(request.args.get(TARGET, ""))
    if sessions.is_proved(own_session(), now=installation().now()):
        return redirect(target, SEE_OTHER)
    return _form(target, carried=[], is_again=False)


@console.post("/prove")
@access("staff", Permission.OWN_ACCOUNT)
def try_to_prove() -> ResponseReturnValue:
    """Check it and lead on; what was carried along is sent again by the browser. `limits` counts the tries."""
    target, is_again = safe_target(request.form.get(TARGET, "")), request.form.get(AGAIN) == "yes"
    if not _is_proved():
        entering.refuse(staff(), "proof")
        wrong = _("This was not accepted. Type your password again, or use one of your passkeys.")
        return _form(target, carried=_carried(), is_again=is_again, wrong=wrong)
    entering.go_on_proved()
    db.session.commit()
    return redirect(target, _SAME_METHOD if is_again else SEE_OTHER)


def _is_proved() -> bool:
    answer = request.form.get(ANSWER, "")
    if not answer:
        return passwords.fits(staff().password_hash, request.form.get(PROOF, ""))
    site, now = Site.of(installation().settings), installation().now()
    try:
        passkeys.check(db.session(), site, answer, challenges.take(), now=now, alone=True, member=staff())
    except (Forbidden, Expired):
        return False
    return True


def _carried() -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in _OURS and "password" not in name.lower()
    ]


def _form(target: str, *, carried: list[tuple[str, str]], is_again: bool, wrong: str = "") -> Response:
    page = render_template(
        "console/prove.html",
        target=target,
        carried=carried,
        is_again=is_again,
        problems=[Problem(wrong, field=PROOF)] if wrong else [],
        has_passkey=second_factor.has_passkey(db.session(), g.staff),
    )
    return make_response(page, 403 if wrong else _UNAUTHORISED if is_again else 200)
