"""What somebody typed and has not saved: found again, and offered on the form that it was typed in."""

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
    """That there is something typed and not saved: when it was typed, and the address at which one goes on with it."""

    at: str
    url: str
    place: Place


def place_of(statement: Statement | None, language: str = "") -> Place:
    """The form of whoever is signed in; `language` is that of a translation."""
    return Place(staff().id, statement.id if statement else None, language)


def typed_in(place: Place) -> Typed | None:
    """What was typed in a form and not saved."""
    return autosaves.find(db.session(), place)


def is_wanted() -> bool:
    """Whether the address asks for what was typed."""
    return request.args.get("typed") == "kept"


def as_posted(typed: Typed) -> MultiDict[str, str]:
    """The fields as if a browser had just sent them, with the version that their author began with."""
    fields = MultiDict((name, value) for name, values in typed.fields.items() for value in values)
    fields["version"] = str(typed.version)
    return fields


def offer_of(typed: Typed, place: Place, form_url: str) -> Offer:
    """Offer it on the form that has this address."""
    return Offer(clock(typed.at), f"{form_url}?typed=kept", place)


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
