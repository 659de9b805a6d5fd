"""What somebody typed and has not saved: found again, and offered on the form that it was typed in."""

from dataclasses import dataclass
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.console.door import staff
from app.console.statement_acts import clock
from app.console.statement_blank import blank
from app.console.statement_form import StatementForm
from app.console.translation_form import TranslationForm
from app.db import db
from app.models import Statement
from app.services.statements import autosaves
from app.services.statements.autosaves import Place, Typed
from app.web.installation import installation


@dataclass(frozen=True, slots=True)
class Offer:
    """That there is something typed and not saved: when, where one goes on with it, where it is discarded.

    `language` is that of a translation, "" for the original.
    """

    at: str
    url: str
    discard_url: str
    key: UUID
    language: str


def place_of(statement: Statement | None, language: str = "", key: UUID | None = None) -> Place:
    """A form of whoever is signed in; `language` is that of a translation, `key` names one opening of it."""
    return Place(staff().id, statement.id if statement else None, language, key or autosaves.NO_KEY)


def wanted(statement: Statement | None, language: str = "") -> Typed | None:
    """What was typed and the address asks for; None if it asks for nothing, or that is gone."""
    key = request.args.get("typed", type=UUID)
    return autosaves.find(db.session(), place_of(statement, language, key)) if key else None


def as_posted(typed: Typed) -> MultiDict[str, str]:
    """The fields as if a browser had just sent them, with the version that their author began with."""
    fields = MultiDict((name, value) for name, values in typed.fields.items() for value in values)
    fields["version"] = str(typed.version)
    fields["key"] = str(typed.key)
    return fields


def offer_of(typed: Typed, statement: Statement | None, language: str = "") -> Offer:
    """Offer it on the form that it was typed in."""
    discard_url = url_for(
        "console.discard_autosave",
        statement_id=statement.id if statement else None,
        translation=language or None,
        discard=typed.key,
    )
    return Offer(
        clock(typed.at), f"{form_url(statement, language)}?typed={typed.key}", discard_url, typed.key, language
    )


def offered(statement: Statement | None, language: str = "", *, but: UUID | None = None) -> Offer | None:
    """The offer of what was typed last in another opening of a form than `but`; None if nothing was, or it is saved."""
    for typed in autosaves.find_others(db.session(), place_of(statement, language, but)):
        if not _is_saved(typed, statement, language):
            return offer_of(typed, statement, language)
    return None


def offers(statement: Statement) -> list[Offer]:
    """What whoever is signed in typed last in the forms of a statement, in each language, and has not saved."""
    found = autosaves.find_all(db.session(), staff().id, statement.id)
    return [
        offer_of(typed, statement, language)
        for language, typed in found.items()
        if not _is_saved(typed, statement, language)
    ]


def settle(statement: Statement | None, language: str = "", *, key: UUID | None) -> None:
    """A form is saved, and what was typed in this opening of it is not needed any more."""
    autosaves.forget(db.session(), place_of(statement, language, key))


def others_words(statement: Statement | None) -> str:
    """Who else is editing a statement now, as a sentence; empty if nobody is."""
    if statement is None:
        return ""
    found = autosaves.editing_now(db.session(), statement.id, staff().id, installation().now())
    people = [_("%(name)s is editing this since %(time)s.", name=one.name, time=clock(one.since)) for one in found]
    return " ".join(people)


def form_url(statement: Statement | None, language: str = "") -> str:
    """The address of a form."""
    if statement is None:
        return url_for("console.new_statement")
    if language:
        return url_for("console.edit_translation", statement_id=statement.id, language=language)
    return url_for("console.edit_statement", statement_id=statement.id)


def _is_saved(typed: Typed, statement: Statement | None, language: str) -> bool:
    fields = as_posted(typed)
    if statement is not None and language:
        return TranslationForm.posted(fields).says_the_same(TranslationForm.of(statement, language))
    return StatementForm.posted(fields).says_the_same(StatementForm.of(statement) if statement else blank())
