"""Each route says who may call it; a route that says nothing is refused, and a rule test looks at all of them."""

from collections.abc import Callable
from typing import Literal, TypeVar

from flask import Flask, abort, current_app, request

from app.permissions import Permission

Access = Literal["public", "form", "embed", "token", "one-click", "hook", "sign-in", "staff"]
"""`public`: reading only. `form`: carries a signed form token. `embed`: posted by an allow-listed site. `token`: the
signed link in the URL is the authority. `one-click`: RFC 8058. `hook`: a sending service that proves who it is.
`sign-in`: CSRF token, nobody signed in. `staff`: CSRF token and a session, and the role's permission that is named
beside it (`app/permissions.py`)."""

View = TypeVar("View", bound=Callable[..., object])
READING = frozenset({"public"})


def access(kind: Access, permission: Permission | None = None) -> Callable[[View], View]:
    """Declare who may call a view; put it directly above the function. Of staff it says which permission it takes."""

    def declare(view: View) -> View:
        view.access = kind  # type: ignore[attr-defined]
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return declare


def declared_access(endpoint: str | None) -> Access | None:
    """What the view behind an endpoint declares; static files are public."""
    if endpoint == "static":
        return "public"
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, "access", None)


def declared_permission(endpoint: str | None) -> Permission | None:
    """Which permission the view behind an endpoint takes of staff."""
    return getattr(current_app.view_functions.get(endpoint or ""), "permission", None)


def refuse_undeclared(app: Flask) -> None:
    """Refuse any request to a route without a declaration."""

    @app.before_request
    def check() -> None:
        if request.endpoint is not None and declared_access(request.endpoint) is None:
            abort(403)
