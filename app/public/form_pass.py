"""What a copy of the sign-up form carries: by whom it was made and when, so that robots and old pages show.

It stays the same while somebody mends what they typed, works in two tabs and after the browser's back button; the same
answer sent twice counts once (the guard remembers it), and another answer from the same copy is a new one.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.errors import Expired, NotFound, Problem
from app.services.guard import work
from app.tokens import Purpose
from app.web.installation import installation

_TYPES = (str, int)
_ELSEWHERE = frozenset({"cross-site", "same-site"})


@dataclass(frozen=True, slots=True)
class FormPass:
    """One copy of the form. `text` is what it carries; empty for forms on other sites, which carry none."""

    text: str = ""
    key: str = ""
    is_hasty: bool = False
    has_worked: bool = False
    problem: Problem | None = None

    @classmethod
    def fresh(cls) -> "FormPass":
        """For a form that is shown for the first time."""
        return cls(_made(installation().now()))

    @classmethod
    def again(cls) -> "FormPass":
        """For what somebody has filled in already; they may press the button at once."""
        here = installation()
        return cls(_made(here.now() - timedelta(seconds=here.settings.signup_limits.form_seconds)))

    @classmethod
    def posted(cls, values: MultiDict[str, str]) -> "FormPass":
        """What came back; with a problem, and a pass that can be used at once, where it is too old or none of ours."""
        here, text = installation(), values.get("form_token", "")
        if request.headers.get("Sec-Fetch-Site") in _ELSEWHERE:
            words = _("The form came from another site. You can send it from here.")
            return replace(cls.again(), problem=Problem(words))
        try:
            key, made_at = here.tokens.read(Purpose.FORM, text, _TYPES)
        except Expired:
            words = _("This page had been open for a long time. Please press the button again.")
            return replace(cls.again(), problem=Problem(words))
        except NotFound:
            words = _("The form came without its mark, or with an old one. Please press the button again.")
            return replace(cls.again(), problem=Problem(words))
        is_hasty = here.now().timestamp() < made_at / 1000 + here.settings.signup_limits.form_seconds
        return cls(text, key, is_hasty, work.is_done(text, values.get("work", "")))


NO_PASS = FormPass()
"""That of forms on other sites."""


def _made(at: datetime) -> str:
    return installation().tokens.make(Purpose.FORM, secrets.token_urlsafe(9), int(at.timestamp() * 1000), at=at)
