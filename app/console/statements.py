"""Statements as staff find them: the list with its search, and one statement with its mail."""

from datetime import date

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import unsaved
from app.console.door import LARGEST_ID, console
from app.console.navigation import may
from app.console.words import statement_words
from app.db import db
from app.errors import Problem
from app.models import Statement, StatementState
from app.permissions import Permission
from app.services import campaigns, languages, previews, site, statements, topics
from app.services.statements import Search
from app.web.access import access
from app.web.installation import installation


@console.get("/statements")
@access("staff", Permission.SEE)
def list_statements() -> ResponseReturnValue:
    """The statements that fit what is asked for, last changed first."""
    problems: list[Problem] = []
    wanted = _search(problems)
    session = db.session()
    found = statements.search(session, wanted, request.args.get("page", 1, type=int))
    page = render_template(
        "console/statements.html",
        found=found,
        is_on=not wanted.is_everything or bool(problems),
        typed=request.args,
        states=[("", _("All")), *((state.value, statement_words(state)[0]) for state in StatementState)],
        languages=statements.languages_in_use(session),
        topics=topics.every(session),
        unsaved=unsaved.offered(None) if may(Permission.WRITE) else None,
        problems=problems,
    )
    return make_response(page, 400 if problems else 200)


@console.get("/statements/<int:statement_id>")
@access("staff", Permission.SEE)
def show_statement(statement_id: int) -> ResponseReturnValue:
    """One statement: where it stands, its languages, its mail, and what the rules say."""
    return statement_page(statements.get(db.session(), statement_id))


def statement_page(
    statement: Statement, problems: "tuple[Problem, ...] | list[Problem]" = (), status: int = 200
) -> Response:
    """The page of one statement; `problems` say why something could not be done."""
    press = site.press(db.session(), installation().press)
    language = languages.version_for(statement, request.args.get("language") or statement.language).language
    page = render_template(
        "console/statement.html",
        statement=statement,
        versions=languages.versions(statement),
        language=language,
        preview=previews.of_statement(press, statement, language=language),
        public_url=press.links.statement(statement.slug),
        latest=campaigns.latest(db.session(), statement),
        unsaved=unsaved.offers(statement) if may(Permission.WRITE) else [],
        problems=problems,
    )
    return make_response(page, status)


def _search(problems: list[Problem]) -> Search:
    """What the address asks for; a date that is none is told of and left out."""
    state, topic_id = request.args.get("state", ""), request.args.get("topic", 0, type=int)
    return Search(
        words=request.args.get("words", "").strip(),
        state=StatementState(state) if state in set(StatementState) else None,
        language=request.args.get("language", "")[:12],
        since=_day("since", problems),
        until=_day("until", problems),
        topic_id=topic_id if 0 < topic_id <= LARGEST_ID else None,
    )


def _day(name: str, problems: list[Problem]) -> date | None:
    text = request.args.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        problems.append(Problem(_("Enter a day as year, month and day, such as 2026-11-24."), field=name))
        return None
