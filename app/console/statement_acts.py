"""What the pages about statements have in common: the day and time in the office, and what is written down."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.console.acting import note
from app.models import Statement
from app.services.audit import Thing
from app.services.office_time import spell_time
from app.web.installation import installation


def note_statement(action: str, statement: Statement, **details: Any) -> None:
    """Write an act down, with the statement that it was done to."""
    note(f"statement.{action}", Thing("statement", str(statement.id), statement.title), **details)


def office() -> ZoneInfo:
    """The time zone of the press office."""
    return ZoneInfo(installation().settings.office_timezone)


def today() -> date:
    """The date in the office."""
    return installation().now().astimezone(office()).date()


def clock(moment: datetime) -> str:
    """The time of day in the office; with the day, if that is another one."""
    return spell_time(moment, office(), now=installation().now())
