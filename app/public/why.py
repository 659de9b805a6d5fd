"""Why somebody leaves, as the pages ask for it: the choices in words, and the step of the log that keeps the answer."""

from dataclasses import replace

from flask import Flask, request
from flask_babel import gettext as _

from app.services import leaving_reasons
from app.services.consent import Origin
from app.services.leaving_reasons import LeavingReason
from app.web.installation import origin


def leaving_origin() -> Origin:
    """Where the current request came from, with the reason for leaving, if one was given."""
    return replace(origin(), detail=leaving_reasons.said(request.form.get("why", ""), request.form.get("words", "")))


def reasons() -> dict[str, str]:
    """What the form offers."""
    return {
        LeavingReason.TOO_MANY.value: _("You send too many emails"),
        LeavingReason.NOT_FOR_ME.value: _("What you write about is not for me"),
        LeavingReason.HARD_TO_READ.value: _("Your emails are hard to read or to use"),
        LeavingReason.NEVER_ASKED.value: _("I never asked for them"),
        LeavingReason.OTHER.value: _("Something else"),
    }


def install(app: Flask) -> None:
    """Let the pages that ask for it offer the choices."""
    app.jinja_env.globals.update(leaving_reasons=reasons, longest_reason=leaving_reasons.LONGEST_WORDS)
