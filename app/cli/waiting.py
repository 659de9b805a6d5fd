"""Waiting for what a process needs before it may start: a database that answers, with the schema of this version."""

import time
from collections.abc import Callable

import click

from app.embedded import postgres_answers
from app.errors import Conflict
from app.settings import Settings

PATIENCE = 60.0
_PAUSE = 0.2


def wait_for_database(settings: Settings, patience: float = PATIENCE) -> None:
    """Return when the database takes connections; Conflict after too long."""
    _wait(
        lambda: "" if postgres_answers(settings.database_url) else "the database to answer",
        f"The database did not answer within {patience:.0f} seconds. Is COMMUNIQUE_DATABASE_URL right?",
        patience,
    )


def wait_until_migrated(settings: Settings, patience: float = PATIENCE) -> None:
    """Return when the database answers and its schema is that of this version; Conflict after too long."""
    wait_for_database(settings, patience)
    _wait(
        lambda: "" if _is_migrated(settings) else "the schema of this version",
        "The database does not have the schema of this version. Run: communique migrate",
        patience,
    )


def _is_migrated(settings: Settings) -> bool:
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415 - the first wait can do without SQLAlchemy

    from app.database import engine_for  # noqa: PLC0415
    from app.migrations import is_up_to_date  # noqa: PLC0415

    engine = engine_for(settings)
    try:
        return is_up_to_date(engine)
    except OperationalError:
        return False
    finally:
        engine.dispose()


def _wait(missing: Callable[[], str], complaint: str, patience: float) -> None:
    """Ask until nothing is missing; say once what is waited for."""
    deadline = time.monotonic() + patience
    said = False
    while what := missing():
        if time.monotonic() > deadline:
            raise Conflict(complaint)
        if not said:
            click.echo(f"Waiting for {what} …", err=True)
            said = True
        time.sleep(_PAUSE)
