"""The form of a statement before anything is typed in it."""

from app.console.statement_acts import today
from app.console.statement_form import StatementForm
from app.db import db
from app.services import topics
from app.web.installation import installation


def blank() -> StatementForm:
    """An empty form with today's date and the first language."""
    languages = installation().settings.languages
    return StatementForm.blank(today=today(), language=languages[0], topics=topics.every(db.session()))
