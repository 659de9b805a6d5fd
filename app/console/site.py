"""The settings page: what staff may change, and beneath it what was decided where the service is installed."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import SecretStr

from app.console import returning
from app.console.acting import note
from app.console.door import SEE_OTHER, console, staff
from app.console.proof import demand_proof
from app.console.site_words import choice_words, option_words, saved_words, section_words, setting_value_words
from app.db import db
from app.errors import Invalid, Problem
from app.permissions import Permission
from app.services import site
from app.services.audit import Thing
from app.services.site_options import Kind, Option, Section, options, written
from app.settings import Settings, variable
from app.web.access import access
from app.web.installation import installation


@console.get("/settings")
@access("staff", Permission.CHANGE_SETTINGS)
def show_settings() -> ResponseReturnValue:
    """All settings with their present values."""
    found = site.values(db.session(), installation().settings)
    return _page({name: written(value) for name, value in found.items()}, found)


@console.post("/settings")
@access("staff", Permission.CHANGE_SETTINGS)
def save_settings() -> ResponseReturnValue:
    """Keep what was changed, each change written down; somebody else's change since is shown, not overwritten."""
    refused = demand_proof()
    if refused is not None:
        return refused
    session, here = db.session(), installation()
    typed = _typed(options(here.settings))
    found = site.values(session, here.settings)
    if request.form.get("seen") != site.seal(found):
        return _page(typed, found, _differing(typed, found), status=409)
    try:
        changes = site.change(session, here.settings, typed, now=here.now(), by=staff())
    except Invalid as error:
        return _page(typed, found, error.problems, status=400)
    for change in changes:
        thing = Thing("setting", change.option.name, option_words(change.option.name)[0])
        note("settings.change", thing, before=change.before, after=change.after)
    session.commit()
    flash(saved_words(len(changes)) if changes else _("Nothing was changed."))
    return redirect(url_for("console.show_settings"), SEE_OTHER)


@returning.reopens("console.save_settings")
def settings_typed_again() -> Response:
    """The form with what was typed, not saved; and where somebody else has saved meanwhile."""
    settings = installation().settings
    typed, found = _typed(options(settings)), site.values(db.session(), settings)
    others = [] if request.form.get("seen") == site.seal(found) else _differing(typed, found)
    return _page(typed, found, [Problem(returning.why()), *others], status=400)


def _typed(all_options: Sequence[Option]) -> dict[str, str]:
    """What was typed; a browser sends nothing of a box that isn't ticked."""
    return {
        option.name: request.form.get(option.name, "")
        for option in all_options
        if option.kind is Kind.SWITCH or option.name in request.form
    }


def _differing(typed: Mapping[str, str], found: Mapping[str, object]) -> list[Problem]:
    """Where what was typed isn't what is saved now: somebody else has saved meanwhile."""
    problems = [
        Problem(_("Somebody else has saved settings since you opened this page. Nothing of yours is saved yet."))
    ]
    for name, text in typed.items():
        if text.replace("\r\n", "\n").strip() != written(found[name]):
            saved = setting_value_words(name, found[name])
            words = _("%(label)s: saved is now %(value)s.", label=option_words(name)[0], value=saved)
            problems.append(Problem(words, field=name))
    return problems


def _page(
    typed: Mapping[str, str], found: Mapping[str, object], problems: Sequence[Problem] = (), status: int = 200
) -> Response:
    settings = installation().settings
    order = list(Section)
    listed = sorted(options(settings), key=lambda option: order.index(option.section))
    page = render_template(
        "console/settings.html",
        sections=[(section, list(some)) for section, some in groupby(listed, key=lambda option: option.section)],
        typed={name: written(value) for name, value in found.items()} | dict(typed),
        seen=site.seal(found),
        problems=problems,
        section_words=section_words,
        option_words=option_words,
        choice_words=choice_words,
        deployed=_deployed(settings),
    )
    return make_response(page, status)


def _deployed(settings: Settings) -> list[tuple[str, str, str]]:
    """The installation's settings: the variable, its help text, and its value; of a secret only whether it is set."""
    shown = settings.masked()
    return [
        (
            variable(name),
            str(field.description),
            _whether_set(getattr(settings, name)) if _is_secret(settings, name) else shown[variable(name)],
        )
        for name, field in Settings.model_fields.items()
    ]


def _is_secret(settings: Settings, name: str) -> bool:
    value = getattr(settings, name)
    parts = value if isinstance(value, tuple) else (value,)
    return not Settings.model_fields[name].repr or any(isinstance(part, SecretStr) for part in parts)


def _whether_set(value: object) -> str:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    return str(_("set") if text else _("not set"))
