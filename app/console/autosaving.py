"""Forms of statements keep what is typed in them by themselves, and learn who else is editing. Asked by `editor.js`."""

from uuid import UUID

from flask import Response, flash, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from app.console.door import LARGEST_ID, SEE_OTHER, console, staff
from app.console.statement_acts import clock
from app.console.statement_blank import blank
from app.console.statement_editing import take_image
from app.console.statement_form import OTHERS, TEXTS, StatementForm
from app.console.statement_form_page import form_page
from app.console.statement_translating import translation_page
from app.console.translation_form import TranslationForm
from app.console.unsaved import form_url, others_words, place_of
from app.db import db
from app.errors import NotFound
from app.models import Statement
from app.permissions import Permission
from app.services import statements
from app.services.statements import autosaves
from app.web.access import access
from app.web.installation import installation


@console.post("/statements/unsaved")
@access("staff", Permission.WRITE)
def autosave() -> ResponseReturnValue:
    """Keep what is typed; a request without `typed` only says that somebody is still there."""
    statement = _statement()
    now = installation().now()
    is_typed = "typed" in request.form
    if statement is None and (not is_typed or _is_made()):
        return jsonify(saved="", others="")
    fields = {name: request.form.getlist(name) for name in (*TEXTS, *OTHERS) if name in request.form}
    autosaves.keep(
        db.session(),
        place_of(statement, _language(), request.form.get("key", type=UUID)),
        fields=fields if is_typed else None,
        version=_version(statement),
        now=now,
    )
    others = others_words(statement)
    db.session.commit()
    return jsonify(saved=_("Kept at %(time)s", time=clock(now)), others=others)


@console.post("/statements/unsaved/discard")
@access("staff", Permission.WRITE)
def discard_autosave() -> ResponseReturnValue:
    """Drop what was typed in another opening of the form; what stands in this one now stays there."""
    statement, language = _statement(), _language()
    autosaves.forget(db.session(), place_of(statement, language, request.args.get("discard", type=UUID)))
    db.session.commit()
    flash(_("What you had typed is discarded."))
    if statement is not None and language:
        typed = TranslationForm.posted(request.form)
        if not typed.says_the_same(TranslationForm.of(statement, language)):
            return translation_page(typed, statement, language)
    else:
        form = StatementForm.posted(request.form)
        take_image(form)
        if not form.says_the_same(StatementForm.of(statement) if statement else blank()):
            return form_page(form, statement)
    return redirect(form_url(statement, language), SEE_OTHER)


@console.get("/form-token")
@access("staff", Permission.WRITE)
def form_token() -> Response:
    """A token for forms, for a page that was open while its author signed in again in another tab."""
    return jsonify(token=generate_csrf())


def _statement() -> Statement | None:
    """Which statement is meant; None for one that is new."""
    number = request.values.get("statement_id", type=int)
    if number is None:
        return None
    if not 0 < number <= LARGEST_ID:
        raise NotFound(_("This statement does not exist."))
    return statements.get(db.session(), number)


def _is_made() -> bool:
    """Whether this form made its statement already: what was still on its way to us when it was saved is over."""
    key = request.form.get("key", type=UUID)
    return key is not None and statements.made_with(db.session(), staff().id, key) is not None


def _version(statement: Statement | None) -> int:
    """Which version of it their author began with; 0 for none."""
    number = request.form.get("version", 0, type=int)
    return number if statement is not None and 0 < number <= statement.version else 0


def _language() -> str:
    """Which translation is meant; empty for the original. Longer than any language is nobody's form."""
    return request.values.get("translation", "")[:12]
