"""Who may come in: nobody, unless they are signed in. The cookie holds only the key of a session in the database."""

from typing import cast

from flask import Blueprint, Response, abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from app.console import returning
from app.db import db
from app.models import StaffMember, StaffSession
from app.permissions import Permission, may
from app.services import site
from app.services.access import second_factor, sessions
from app.services.access.sessions import Limits
from app.web.access import declared_access, declared_permission
from app.web.installation import installation
from app.web.pages import csrf

KEY, FORMER = "key", "former"
SEE_OTHER = 303
LARGEST_ID = 2**63 - 1
LARGE_BODIES: dict[str, int] = {}
"""How many octets may be posted to a view that takes files larger than the application does (only by who may)."""
console = Blueprint("console", __name__, url_prefix="/console")


def staff() -> StaffMember:
    """Whoever is signed in; only views with the access "staff" may ask."""
    return cast(StaffMember, g.staff)


def own_session() -> StaffSession:
    """The session in which they act."""
    return cast(StaffSession, g.entry)


@console.before_request
def guard() -> ResponseReturnValue | None:
    """See who asks, and check the CSRF token of whatever may change something."""
    _see_who_asks()
    if g.staff is not None and declared_access(request.endpoint) == "staff":
        permission = declared_permission(request.endpoint)
        if permission is None or not may(g.staff.role, permission):
            abort(403)
        if permission is not Permission.OWN_ACCOUNT and _owes_second_factor():
            return redirect(url_for("console.set_up_codes"), SEE_OTHER)
        if request.endpoint in LARGE_BODIES:
            request.max_content_length = LARGE_BODIES[request.endpoint]
    if any(isinstance(part, int) and part > LARGEST_ID for part in (request.view_args or {}).values()):
        abort(404)
    csrf.protect()
    if g.staff is None and declared_access(request.endpoint) != "sign-in":
        return _ask_to_sign_in()
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


def _see_who_asks() -> None:
    """Whose session the cookie holds: `entry` and `staff`, or `entering` if it still waits for the second factor."""
    g.entry = g.entering = g.staff = None
    key = session.get(KEY)
    if not isinstance(key, str):
        return
    settings = installation().settings
    found = sessions.find(db.session(), key, now=installation().now(), limits=Limits.of(settings))
    former = session.pop(FORMER, None)
    if found is not None and isinstance(former, int):
        sessions.end_one(db.session(), found.staff_member, former)
    db.session.commit()
    if found is None:
        return
    if found.is_complete:
        g.entry, g.staff = found, found.staff_member
    else:
        g.entering = found


def _owes_second_factor() -> bool:
    """Whether it is required of everybody, and they have none: then nothing but their own account is open."""
    if g.staff.totp_secret is not None or not site.get(db.session(), installation().settings).require_second_factor:
        return False
    return not second_factor.is_set_up(db.session(), g.staff)


def _ask_to_sign_in() -> ResponseReturnValue:
    """The sign-in page, which leads back; what somebody sent after their session ended is shown, so it isn't lost."""
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("console.sign_in", next=request.full_path.rstrip("?")), SEE_OTHER)
    return returning.signed_out_page()
