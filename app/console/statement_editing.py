"""Writing a statement: new, edited, or read from a file. What somebody typed is never lost."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from zoneinfo import ZoneInfo

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.door import SEE_OTHER, console
from app.console.statement_form import StatementForm, labels
from app.db import db
from app.errors import Conflict, Invalid, NotFound, Problem
from app.models import Statement
from app.permissions import Permission
from app.services import images, statements, topics
from app.services.statement_reader import read_statement
from app.web.access import access
from app.web.installation import installation
from app.web.pages import language_name, long_date


@console.get("/statements/new")
@access("staff", Permission.WRITE)
def new_statement() -> ResponseReturnValue:
    """An empty form."""
    return form_page(_blank())


@console.post("/statements/new")
@access("staff", Permission.WRITE)
def create_statement() -> ResponseReturnValue:
    """Keep a new draft."""
    form = StatementForm.posted(request.form)
    _take_image(form)
    with _collecting(form):
        content = form.content(today=_today(), languages=installation().settings.languages)
        statement = statements.create(db.session(), content)
    if form.problems:
        return form_page(form)
    return _saved(statement)


@console.get("/statements/<int:statement_id>/edit")
@access("staff", Permission.WRITE)
def edit_statement(statement_id: int) -> ResponseReturnValue:
    """The form with what is saved."""
    statement = statements.get(db.session(), statement_id)
    return form_page(StatementForm.of(statement), statement)


@console.post("/statements/<int:statement_id>/edit")
@access("staff", Permission.WRITE)
def save_statement(statement_id: int) -> ResponseReturnValue:
    """Save; if somebody else saved in between, nothing is replaced and both texts are shown."""
    statement = statements.get(db.session(), statement_id)
    form = StatementForm.posted(request.form)
    if request.form.get("action") == "reopen":
        return form_page(form, statement)
    _take_image(form)
    languages = {*installation().settings.languages, statement.language}
    try:
        with _collecting(form):
            content = form.content(today=_today(), languages=languages)
            statements.save(db.session(), statement, content, version=form.version)
    except Conflict:
        db.session.rollback()
        return _conflict_page(form, statements.get(db.session(), statement_id))
    if form.problems:
        return form_page(form, statement)
    return _saved(statement)


@console.get("/statements/import")
@access("staff", Permission.WRITE)
def choose_file() -> ResponseReturnValue:
    """The form for a file."""
    return _import_page([])


@console.post("/statements/import")
@access("staff", Permission.WRITE)
def read_file() -> ResponseReturnValue:
    """Read a statement from a file and open it as a new one; nothing is kept before somebody has looked at it."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _import_page([Problem(_("Choose a file first."), field="file")])
    try:
        draft = read_statement(file.read(), file.filename)
    except Invalid as refused:
        return _import_page([Problem(_in_words(problem), field="file") for problem in refused.problems])
    form = StatementForm.of_draft(
        draft, blank=_blank(), languages=installation().settings.languages, topics=topics.every(db.session())
    )
    return form_page(form, imported=file.filename)


def form_page(form: StatementForm, statement: Statement | None = None, imported: str = "") -> Response:
    """The form; after a failure with what is wrong, and with everything that was typed."""
    db.session.rollback()
    settings = installation().settings
    order = ["", *labels()]
    form.problems.sort(key=lambda problem: order.index(problem.field or "") if problem.field in order else 0)
    languages = dict.fromkeys([*settings.languages, *([statement.language] if statement else [])])
    page = render_template(
        "console/statement_form.html",
        form=form,
        statement=statement,
        imported=imported,
        labels=labels(),
        topics=topics.every(db.session()),
        languages=languages,
    )
    return make_response(page, 400 if form.problems else 200)


@contextmanager
def _collecting(form: StatementForm) -> Iterator[None]:
    try:
        yield
    except Invalid as refused:
        form.add(refused)


def _take_image(form: StatementForm) -> None:
    """Keep an uploaded image at once, so that a mistake elsewhere on the form doesn't lose it."""
    file = request.files.get("image")
    if file is None or not file.filename:
        if "remove_image" in request.form:
            form.remove_image()
        _forget_unknown_image(form)
        return
    with _collecting(form):
        form.image_id = images.add(db.session(), file.read()).id
        db.session.commit()


def _forget_unknown_image(form: StatementForm) -> None:
    if form.image_id is not None:
        try:
            images.get(db.session(), form.image_id)
        except NotFound:
            form.image_id = None


def _saved(statement: Statement) -> Response:
    db.session.commit()
    flash(_("The statement is saved."))
    return _redirect(statement)


def _redirect(statement: Statement) -> Response:
    target = url_for("console.show_statement", statement_id=statement.id)
    return make_response(redirect(target, SEE_OTHER))


def _conflict_page(mine: StatementForm, statement: Statement) -> Response:
    """Both texts, side by side, field by field where they differ."""
    theirs = StatementForm.of(statement)
    mine.version = statement.version
    shown_mine, shown_theirs = _readable(mine), _readable(theirs)
    differing = [
        (name, label, shown_theirs[name], shown_mine[name])
        for name, label in labels().items()
        if shown_theirs[name] != shown_mine[name]
    ]
    page = render_template("console/conflict.html", statement=statement, form=mine, differing=differing)
    return make_response(page, 409)


def _readable(form: StatementForm) -> dict[str, str]:
    """Every field as words that can be compared and read."""
    names = {topic.id: topic.name for topic in topics.every(db.session())}
    words = {name: text.strip() for name, text in form.texts.items()}
    with suppress(ValueError):
        words["issued_on"] = long_date(date.fromisoformat(words["issued_on"]), "en")
    words["language"] = language_name(words["language"]) if words["language"] else ""
    words["topics"] = ", ".join(sorted(names.get(topic, "?") for topic in form.topic_ids))
    words["image"] = str(form.image_id or "")
    if form.is_decorative:
        words["image_alt"] = _("(only decoration)")
    return words


def _import_page(problems: list[Problem]) -> Response:
    page = render_template("console/import.html", problems=problems)
    return make_response(page, 400 if problems else 200)


def _in_words(problem: Problem) -> str:
    return _("Line %(line)d: %(words)s", line=problem.line, words=problem.message) if problem.line else problem.message


def _blank() -> StatementForm:
    settings = installation().settings
    return StatementForm.blank(today=_today(), language=settings.languages[0], topics=topics.every(db.session()))


def _today() -> date:
    here = installation()
    return here.now().astimezone(ZoneInfo(here.settings.office_timezone)).date()
