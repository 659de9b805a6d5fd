"""Statements that come from elsewhere: read from a file, or from a page that was copied as a whole."""

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.door import console
from app.console.statement_blank import blank
from app.console.statement_form import StatementForm
from app.console.statement_form_page import form_page
from app.db import db
from app.errors import Invalid, Problem
from app.permissions import Permission
from app.services import pasting, topics
from app.services.pasting import Pasted
from app.services.statement_reader import is_markup, read_statement
from app.web.access import access
from app.web.installation import installation


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
        return _opened(file.read(), file.filename, file.filename)
    except Invalid as refused:
        return _import_page([Problem(_in_words(problem), field="file") for problem in refused.problems])


@console.get("/statements/paste")
@access("staff", Permission.WRITE)
def paste_page() -> ResponseReturnValue:
    """The form into which a whole page is pasted."""
    return _paste_page()


@console.post("/statements/paste")
@access("staff", Permission.WRITE)
def read_pasted() -> ResponseReturnValue:
    """Read a statement from what was pasted and open it as a new one; or only show it as Markdown."""
    source = request.form.get("source", "").replace("\r\n", "\n")
    if not source.strip():
        words = _("Paste something first: a page, a mail or a text.")
        return _paste_page([Problem(words, field="source")])
    try:
        if request.form.get("action") == "markdown":
            return _paste_page(pasted=pasting.to_markdown(source))
        return _opened(source.encode(), "pasted.html" if is_markup(source) else "pasted.txt", _("what you pasted"))
    except Invalid as refused:
        return _paste_page([Problem(_in_words(problem), field="source") for problem in refused.problems])


def _opened(content: bytes, filename: str, called: str) -> Response:
    draft = read_statement(content, filename)
    form = StatementForm.of_draft(
        draft, blank=blank(), languages=installation().settings.languages, topics=topics.every(db.session())
    )
    return form_page(form, imported=called)


def _import_page(problems: list[Problem]) -> Response:
    page = render_template("console/import.html", problems=problems)
    return make_response(page, 400 if problems else 200)


def _paste_page(problems: "list[Problem] | tuple[Problem, ...]" = (), pasted: Pasted | None = None) -> Response:
    source = request.form.get("source", "")
    page = render_template("console/statement_paste.html", problems=problems, pasted=pasted, source=source)
    return make_response(page, 400 if problems else 200)


def _in_words(problem: Problem) -> str:
    return _("Line %(line)d: %(words)s", line=problem.line, words=problem.message) if problem.line else problem.message
