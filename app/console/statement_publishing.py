"""What the public sees: publishing a statement, withdrawing it, and publishing it again."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.door import SEE_OTHER, console, staff
from app.console.statement_acts import note_statement
from app.console.statements import statement_page
from app.db import db
from app.errors import Conflict, Invalid, Problem
from app.mail.language import one_line
from app.models import Statement, StatementState
from app.permissions import Permission
from app.services import statements
from app.web.access import access
from app.web.installation import installation

LONGEST_REASON = 500


@console.post("/statements/<int:statement_id>/publish")
@access("staff", Permission.WRITE)
def publish(statement_id: int) -> ResponseReturnValue:
    """Show the statement to the public, as it was when the button was shown."""
    statement = statements.get(db.session(), statement_id)
    if request.form.get("version", type=int) != statement.version:
        words = _("The statement was changed after you opened this page. Look at it again, then publish it.")
        return statement_page(statement, [Problem(words)], 409)
    was = statement.state
    try:
        statements.publish(db.session(), statement, installation().now(), author_id=staff().id)
    except Invalid as refused:
        return statement_page(statement, refused.problems, 400)
    if was is not StatementState.PUBLISHED:
        note_statement("publish", statement, **({"again": True} if was is StatementState.WITHDRAWN else {}))
    db.session.commit()
    flash(_("The statement is published."))
    return _to_its_page(statement)


@console.get("/statements/<int:statement_id>/withdraw")
@access("staff", Permission.WRITE)
def confirm_withdrawal(statement_id: int) -> ResponseReturnValue:
    """Ask whether to withdraw, and why."""
    return _confirm_page(statements.get(db.session(), statement_id))


@console.post("/statements/<int:statement_id>/withdraw")
@access("staff", Permission.WRITE)
def withdraw(statement_id: int) -> ResponseReturnValue:
    """Take the statement back from the public; the reason stands in the audit log."""
    statement = statements.get(db.session(), statement_id)
    reason = one_line(request.form.get("reason", ""))
    if not reason or len(reason) > LONGEST_REASON:
        words = _("Say why, in %(limit)d characters at most. It is written into the audit log.", limit=LONGEST_REASON)
        return _confirm_page(statement, [Problem(words, field="reason")], 400)
    try:
        statements.withdraw(db.session(), statement, installation().now(), author_id=staff().id)
    except Conflict as refused:
        db.session.rollback()
        return _confirm_page(statements.get(db.session(), statement_id), [Problem(str(refused))], 409)
    note_statement("withdraw", statement, reason=reason)
    db.session.commit()
    flash(_("The statement is withdrawn. Its address says so."))
    return _to_its_page(statement)


def _confirm_page(
    statement: Statement, problems: "list[Problem] | tuple[Problem, ...]" = (), status: int = 200
) -> Response:
    page = render_template(
        "console/statement_withdrawal.html",
        statement=statement,
        reason=request.form.get("reason", ""),
        limit=LONGEST_REASON,
        public_url=installation().links.statement(statement.slug),
        problems=problems,
    )
    return make_response(page, status)


def _to_its_page(statement: Statement) -> Response:
    return make_response(redirect(url_for("console.show_statement", statement_id=statement.id), SEE_OTHER))
