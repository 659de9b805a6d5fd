"""A form that arrives after its author's session ended, or with a token of an earlier session: what it says is kept.

Nothing is done with it. Either everything typed is shown, with the way to sign in and go on, or, when they are signed
in again, the form opens with all of it and its author sends it once more.
"""

from collections.abc import Callable
from typing import TypeVar

from flask import Response, g, make_response, render_template, request
from flask_babel import gettext as _

from app.console.statement_form import labels
from app.errors import CommuniqueError
from app.web.access import declared_access

Reopen = TypeVar("Reopen", bound=Callable[..., Response])
_REOPENING: dict[str, Callable[..., Response]] = {}


def reopens(*endpoints: str) -> Callable[[Reopen], Reopen]:
    """Say that a function shows the form of these endpoints again, with what was posted, and changes nothing."""

    def register(reopen: Reopen) -> Reopen:
        _REOPENING.update(dict.fromkeys(endpoints, reopen))
        return reopen

    return register


def signed_out_page() -> Response:
    """What was typed, and how to go on with it after signing in in another tab."""
    names = {**labels(), **_other_labels()}
    typed = [(names[name], value) for name, value in request.form.items() if name in names and value.strip()]
    can_return = request.endpoint in _REOPENING
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    page = render_template(
        "console/signed_out.html", typed=typed, fields=fields if can_return else [], again=request.path
    )
    return make_response(page, 401)


def reopened() -> Response | None:
    """The form again with what was posted, after a token that doesn't fit; None if there is none, or it isn't ours."""
    if not _is_our_own():
        return None
    if g.get("staff") is None:
        return signed_out_page() if declared_access(request.endpoint) == "staff" else None
    reopen = _REOPENING.get(request.endpoint or "")
    if reopen is None:
        return None
    try:
        return reopen(**(request.view_args or {}))
    except CommuniqueError:
        return None


def why() -> str:
    """What is said above a form that opens again."""
    return str(
        _(
            "Nothing was changed. You signed in again after you opened this form, or it did not come from this "
            "console. All that was typed is here: look at it, and send it once more."
        )
    )


def _is_our_own() -> bool:
    """Whether a page of ours sent it, as far as the browser tells (Fetch Metadata)."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


def _other_labels() -> dict[str, str]:
    return {"subject": _("Subject"), "preheader": _("Preview line"), "intro": _("Introduction")}
