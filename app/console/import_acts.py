"""Bringing a list in: choosing the file, applying what the dry run shows, taking it back, putting it aside."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import returning
from app.console.acting import note
from app.console.door import LARGE_BODIES, SEE_OTHER, console, staff
from app.console.import_words import reader_hints, reader_words
from app.console.imports import thing_of
from app.db import db
from app.errors import Invalid, Problem
from app.models import ImportReader, ImportState, SubscriberImport
from app.permissions import Permission
from app.services import topics
from app.services.imports import beginning, course
from app.services.imports.beginning import Plan
from app.services.imports.pieces import MOST_OCTETS
from app.web.access import access
from app.web.installation import installation

LARGE_BODIES["console.begin_import"] = MOST_OCTETS + 1_000_000


@console.get("/subscribers/imports/new")
@access("staff", Permission.CHANGE_PEOPLE)
def new_import() -> ResponseReturnValue:
    """The form for a file, and for what must be known of it."""
    return _form()


@console.post("/subscribers/imports")
@access("staff", Permission.CHANGE_PEOPLE)
def begin_import() -> ResponseReturnValue:
    """Store the file and have it read; nobody is added by this."""
    session, here = db.session(), installation()
    file = request.files.get("file")
    has_file = file is not None and bool(file.filename)
    chosen = [topic for topic in topics.every(session) if topic.slug in request.form.getlist("topics")]
    problems = [] if has_file else [Problem(_("Choose a file."), field="file")]
    try:
        plan = Plan.typed(request.form, chosen, settings=here.settings, today=here.now().date())
        if file is None or not has_file:
            return _form(problems)
        made = beginning.begin(session, plan, file.stream, file.filename or "", staff_id=staff().id)
    except Invalid as error:
        session.rollback()
        return _form([*problems, *error.problems])
    note("import.begin", thing_of(made), source=made.source, reader=made.reader.value)
    session.commit()
    return _to(made)


@console.post("/subscribers/imports/<int:import_id>/apply")
@access("staff", Permission.CHANGE_PEOPLE)
def apply_import(import_id: int) -> ResponseReturnValue:
    """Add the people that the dry run shows."""
    made = course.apply(db.session(), import_id)
    note("import.apply", thing_of(made), people=made.added)
    db.session.commit()
    return _to(made)


@console.get("/subscribers/imports/<int:import_id>/undo")
@access("staff", Permission.CHANGE_PEOPLE)
def ask_before_undoing_import(import_id: int) -> ResponseReturnValue:
    """Say what taking it back means, and ask once more."""
    made = course.get(db.session(), import_id)
    if made.state not in {ImportState.APPLYING, ImportState.APPLIED}:
        return _to(made)
    return render_template("console/subscriber_import_undo.html", made=made)


@console.post("/subscribers/imports/<int:import_id>/undo")
@access("staff", Permission.CHANGE_PEOPLE)
def undo_import(import_id: int) -> ResponseReturnValue:
    """Take back what it added, and nothing that people have done since."""
    made = course.undo(db.session(), import_id)
    note("import.undo", thing_of(made))
    db.session.commit()
    return _to(made)


@console.post("/subscribers/imports/<int:import_id>/discard")
@access("staff", Permission.CHANGE_PEOPLE)
def discard_import(import_id: int) -> ResponseReturnValue:
    """Put it aside, or stop its reading, and forget who stands in it."""
    made = course.discard(db.session(), import_id)
    note("import.discard", thing_of(made))
    db.session.commit()
    flash(_("Put aside. Nobody was added, and nothing of the file is kept."))
    return redirect(url_for("console.list_imports"), SEE_OTHER)


@returning.reopens("console.begin_import")
def list_chosen_again() -> Response:
    """The form with what was typed; the file has to be chosen again."""
    return _form([Problem(returning.why())])


def _form(problems: "tuple[Problem, ...] | list[Problem]" = ()) -> Response:
    hints = reader_hints()
    page = render_template(
        "console/subscriber_import_new.html",
        typed=request.form,
        chosen=request.form.getlist("topics"),
        readers=[(reader.value, reader_words(reader), hints[reader]) for reader in ImportReader],
        topics=topics.every(db.session()),
        languages=installation().settings.languages,
        megabytes=MOST_OCTETS // 1_000_000,
        problems=problems,
    )
    return make_response(page, 400 if problems else 200)


def _to(made: SubscriberImport) -> ResponseReturnValue:
    return redirect(url_for("console.show_import", import_id=made.id), SEE_OTHER)
