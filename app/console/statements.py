"""Statements as staff find them: the list, one statement with its mail, and publishing."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.door import SEE_OTHER, console
from app.db import db
from app.errors import Invalid, Problem
from app.models import Statement
from app.permissions import Permission
from app.services import campaigns, previews, statements
from app.web.access import access
from app.web.installation import installation

MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' {images}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@console.get("/statements")
@access("staff", Permission.SEE)
def list_statements() -> ResponseReturnValue:
    """All statements, last changed first."""
    return render_template("console/statements.html", statements=statements.newest(db.session()))


@console.get("/statements/<int:statement_id>")
@access("staff", Permission.SEE)
def show_statement(statement_id: int) -> ResponseReturnValue:
    """One statement: where it stands, its mail, and what the rules say."""
    return statement_page(statements.get(db.session(), statement_id))


@console.get("/statements/<int:statement_id>/mail")
@access("staff", Permission.SEE)
def show_mail(statement_id: int) -> ResponseReturnValue:
    """The mail alone, for the frame of the preview: no scripts, nothing loaded but our images; links open outside."""
    statement = statements.get(db.session(), statement_id)
    preview = previews.of_statement(installation().press, statement)
    response = make_response(preview.html.replace("<head>", '<head><base target="_blank">', 1))
    response.headers["Content-Security-Policy"] = MAIL_POLICY.format(images=installation().settings.public_url)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@console.post("/statements/<int:statement_id>/publish")
@access("staff", Permission.WRITE)
def publish(statement_id: int) -> ResponseReturnValue:
    """Show the statement to the public, as it was when the button was shown."""
    statement = statements.get(db.session(), statement_id)
    if request.form.get("version", type=int) != statement.version:
        words = _("The statement was changed after you opened this page. Look at it again, then publish it.")
        return statement_page(statement, [Problem(words)], 409)
    try:
        statements.publish(db.session(), statement, installation().now())
    except Invalid as refused:
        return statement_page(statement, refused.problems, 400)
    db.session.commit()
    flash(_("The statement is published."))
    return redirect(url_for("console.show_statement", statement_id=statement.id), SEE_OTHER)


def statement_page(
    statement: Statement, problems: "tuple[Problem, ...] | list[Problem]" = (), status: int = 200
) -> Response:
    """The page of one statement; `problems` say why something could not be done."""
    press = installation().press
    page = render_template(
        "console/statement.html",
        statement=statement,
        preview=previews.of_statement(press, statement),
        public_url=press.links.statement(statement.slug),
        latest=campaigns.latest(db.session(), statement),
        problems=problems,
    )
    return make_response(page, status)
