"""The page with the form of a statement; after a failure with what is wrong, and with everything that was typed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from flask import Response, make_response, render_template

from app.console import unsaved
from app.console.statement_form import StatementForm, labels
from app.db import db
from app.errors import Invalid
from app.models import Statement
from app.services import topics
from app.web.installation import installation


class HasProblems(Protocol):
    """A form that collects what is wrong with it."""

    def add(self, refused: Invalid) -> None:
        """Take over what a service found."""


def form_page(form: StatementForm, statement: Statement | None = None, imported: str = "") -> Response:
    """The form, with an offer of what was typed in it before and not saved. `imported` names what it was read from."""
    db.session.rollback()
    order = ["", *labels()]
    form.problems.sort(key=lambda problem: order.index(problem.field or "") if problem.field in order else 0)
    languages = dict.fromkeys([*installation().settings.languages, *([statement.language] if statement else [])])
    page = render_template(
        "console/statement_form.html",
        form=form,
        statement=statement,
        imported=imported,
        offer=unsaved.offered(statement, but=form.key),
        others=unsaved.others_words(statement),
        labels=labels(),
        topics=topics.every(db.session()),
        languages=languages,
        problems=form.problems,
    )
    return make_response(page, 400 if form.problems else 200)


@contextmanager
def collecting(form: HasProblems) -> Iterator[None]:
    """Put what a service refuses onto the form."""
    try:
        yield
    except Invalid as refused:
        form.add(refused)
