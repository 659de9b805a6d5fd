"""What somebody typed and has not saved: found again, and offered on the form that it was typed in."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.console.door import staff
from app.console.statement_acts import clock
from app.db import db
from app.models import Statement
from app.services.statements import autosaves
from app.services.statements.autosaves import Place, Typed
from app.web.installation import installation


@dataclass(frozen=True, slots=True)
class Offer:
    """That there is something typed and not saved: when, in which language ("" is the original), where one goes on."""

    at: str
    url: str
    language: str


def place_of(statement: Statement | None, language: str = "") -> Place:
    """The form of whoever is signed in; `language` is that of a translation."""
    return Place(staff().id, statement.id if statement else None, language)


def typed_in(place: Place) -> Typed | None:
    """What was typed in a form and not saved."""
    return autosaves.find(db.session(), place)


def typed_of(statement: Statement) -> Mapping[str, Typed]:
    """What whoever is signed in typed in the forms of a statement and has not saved, by language."""
    return autosaves.find_all(db.session(), staff().id, statement.id)


def is_wanted() -> bool:
    """Whether the address asks for what was typed."""
    return request.args.get("typed") == "kept"


def as_posted(typed: Typed) -> MultiDict[str, str]:
    """The fields as if a browser had just sent them, with the version that their author began with."""
    fields = MultiDict((name, value) for name, values in typed.fields.items() for value in values)
    fields["version"] = str(typed.version)
    return fields


def offer_of(typed: Typed, statement: Statement | None, language: str = "") -> Offer:
    """Offer it on the form that it was typed in."""
    return Offer(clock(typed.at), f"{form_url(statement, language)}?typed=kept", language)


def offered(statement: Statement | None, language: str = "") -> Offer | None:
    """The offer of what was typed in a form and not saved; None if nothing was."""
    typed = typed_in(place_of(statement, language))
    return offer_of(typed, statement, language) if typed else None


def is_undecided() -> bool:
    """Whether the form that was sent offered something typed earlier, of which nobody has said what becomes of it."""
    return "undecided" in request.form


def settle(statement: Statement | None, language: str = "") -> None:
    """A form is saved, and what was typed in it is not needed any more; what it still offered stays."""
    if not is_undecided():
        autosaves.forget(db.session(), place_of(statement, language))


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
