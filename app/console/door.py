"""Who may come in: nobody, unless they are signed in. The cookie holds only the key of a session in the database."""

from collections.abc import Iterable
from typing import cast

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.db import db
from app.models import StaffMember
from app.permissions import may
from app.services import access as accounts
from app.web.access import declared_access, declared_permission
from app.web.installation import installation
from app.web.pages import csrf

KEY = "key"
SEE_OTHER = 303
LARGEST_ID = 2**63 - 1
console = Blueprint("console", __name__, url_prefix="/console")


def staff() -> StaffMember:
    """Whoever is signed in; only views with the access "staff" may ask."""
    return cast(StaffMember, g.staff)


@console.before_request
def guard() -> ResponseReturnValue | None:
    """See who asks, and check the CSRF token of whatever may change something."""
    g.staff = _signed_in()
    csrf.protect()
    if g.staff is None and declared_access(request.endpoint) != "sign-in":
        return _ask_to_sign_in()
    if g.staff is not None and declared_access(request.endpoint) == "staff":
        permission = declared_permission(request.endpoint)
        if permission is None or not may(g.staff.role, permission):
            abort(403)
    if any(isinstance(part, int) and part > LARGEST_ID for part in (request.view_args or {}).values()):
        abort(404)
    return None


@console.after_request
def add_headers(response: Response) -> Response:
    """Browsers name the page a form comes from: the CSRF check under https asks for it. Other sites learn nothing."""
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("X-Robots-Tag", "noindex")
    return response


def safe_target(target: str) -> str:
    """Where to go after signing in: a page of the console, whatever a link says (ASVS 3.7.2)."""
    start = url_for("console.overview")
    inside = target.startswith(start) and target.isprintable() and not any(sign in target for sign in '\\"<> ')
    return target if inside else start


def _signed_in() -> StaffMember | None:
    key = session.get(KEY)
    if not isinstance(key, str):
        return None
    member = accounts.signed_in(db.session(), key, now=installation().now())
    db.session.commit()
    return member


def _ask_to_sign_in() -> ResponseReturnValue:
    """The sign-in page, which leads back; what somebody sent after their session ended is shown, so it isn't lost."""
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("console.sign_in", next=request.full_path.rstrip("?")), SEE_OTHER)
    typed = list(_typed(request.form.items()))
    return make_response(render_template("console/signed_out.html", typed=typed), 401)


def _typed(fields: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    names = {
        "title": _("Title"),
        "standfirst": _("Standfirst"),
        "body": _("Text"),
        "image_alt": _("Description of the image"),
        "subject": _("Subject"),
        "preheader": _("Preview line"),
    }
    for name, value in fields:
        if name in names and value.strip():
            yield names[name], value
