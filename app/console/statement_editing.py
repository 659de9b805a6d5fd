"""Writing a statement: new, or edited. What somebody typed is never lost."""

from flask import Response, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import returning, unsaved
from app.console.door import SEE_OTHER, console, staff
from app.console.statement_acts import note_statement, today
from app.console.statement_blank import blank
from app.console.statement_conflicts import statement_conflict
from app.console.statement_form import StatementForm
from app.console.statement_form_page import collecting, form_page
from app.db import db
from app.errors import Conflict, NotFound, Problem
from app.models import Statement, StatementState
from app.permissions import Permission
from app.services import images, statements
from app.services.statements import versions
from app.web.access import access
from app.web.installation import installation


@console.get("/statements/new")
@access("staff", Permission.WRITE)
def new_statement() -> ResponseReturnValue:
    """An empty form, or what was typed in it before."""
    typed = unsaved.wanted(None)
    return form_page(StatementForm.posted(unsaved.as_posted(typed)) if typed else blank())


@console.post("/statements/new")
@access("staff", Permission.WRITE)
def create_statement() -> ResponseReturnValue:
    """Keep a new draft; a form that was sent already goes on with the draft that it made."""
    form = StatementForm.posted(request.form)
    take_image(form)
    author_id = staff().id
    made = statements.made_with(db.session(), author_id, form.key) if form.key else None
    if made is not None:
        form.version = 1
        unsaved.settle(None, key=form.key)
        return _save(made, form)
    with collecting(form):
        content = form.content(today=today(), languages=installation().settings.languages)
        made = statements.create(db.session(), content, author_id=author_id, key=str(form.key or ""))
    if form.problems or made is None:
        return form_page(form)
    note_statement("create", made)
    unsaved.settle(None, key=form.key)
    return _saved(made)


@console.get("/statements/<int:statement_id>/edit")
@access("staff", Permission.WRITE)
def edit_statement(statement_id: int) -> ResponseReturnValue:
    """The form with what is saved, or with what was typed in it after that."""
    statement = statements.get(db.session(), statement_id)
    typed = unsaved.wanted(statement)
    form = StatementForm.posted(unsaved.as_posted(typed)) if typed else StatementForm.of(statement)
    return form_page(form, statement)


@console.post("/statements/<int:statement_id>/edit")
@access("staff", Permission.WRITE)
def save_statement(statement_id: int) -> ResponseReturnValue:
    """Save; if somebody else saved in between, nothing is replaced and both texts are shown."""
    statement = statements.get(db.session(), statement_id)
    form = StatementForm.posted(request.form)
    take_image(form)
    return _save(statement, form)


@returning.reopens("console.create_statement", "console.save_statement", "console.merge_statement")
def typed_again(statement_id: int | None = None) -> Response:
    """The form with everything that was typed, not saved: its author signed in again after opening it."""
    statement = statements.get(db.session(), statement_id) if statement_id else None
    form = StatementForm.posted(request.form)
    form.problems.append(Problem(returning.why()))
    return form_page(form, statement)


def take_image(form: StatementForm) -> None:
    """Keep an uploaded image at once, so that a mistake elsewhere on the form doesn't lose it."""
    file = request.files.get("image")
    if file is None or not file.filename:
        if "remove_image" in request.form:
            form.remove_image()
        _forget_unknown_image(form)
        return
    with collecting(form):
        form.image_id = images.add(db.session(), file.read()).id
        db.session.commit()


def _forget_unknown_image(form: StatementForm) -> None:
    if form.image_id is not None:
        try:
            images.get(db.session(), form.image_id)
        except NotFound:
            form.image_id = None


def _save(statement: Statement, form: StatementForm) -> Response:
    now, began_with = installation().now(), form.version
    correction = form.corrected(now) if statement.state is not StatementState.DRAFT else None
    # whoever saved another language in between has not touched these words
    version = began_with
    if not versions.changed_since(db.session(), statement, began_with):
        version = statement.version
    try:
        with collecting(form):
            content = form.content(today=today(), languages={*installation().settings.languages, statement.language})
            statements.save(
                db.session(), statement, content, version=version, author_id=staff().id, correction=correction
            )
    except Conflict:
        db.session.rollback()
        return _beaten(form, statements.get(db.session(), statement.id))
    if form.problems:
        return form_page(form, statement)
    corrected = correction is not None and correction.note
    note_statement("correct" if corrected else "save", statement)
    unsaved.settle(statement, key=form.key)
    return _saved(statement)


def _beaten(form: StatementForm, statement: Statement) -> Response:
    """Somebody saved first. If that was the same (a second press of the button), there is nothing to decide."""
    if not form.problems and not form.correcting and form.says_the_same(StatementForm.of(statement)):
        unsaved.settle(statement, key=form.key)
        return _saved(statement)
    return statement_conflict(form, statement)


def _saved(statement: Statement) -> Response:
    images.remove_orphans(db.session(), installation().now())
    db.session.commit()
    flash(_("The statement is saved."))
    return make_response(redirect(url_for("console.show_statement", statement_id=statement.id), SEE_OTHER))
