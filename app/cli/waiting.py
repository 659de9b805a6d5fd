"""Waiting for what a process needs before it may start: a database that answers, with the schema of this version."""

import time
from collections.abc import Callable

import click
import psycopg

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
    from app.migrations import heads  # noqa: PLC0415 - brings SQLAlchemy, which the first wait can do without

    wanted = set(heads())
    _wait(
        lambda: "" if _schema(settings) == wanted else "the schema of this version",
        "The database does not have the schema of this version. Run: communique migrate",
        patience,
    )


def _schema(settings: Settings) -> set[str]:
    """What Alembic noted in the database; nothing before the first migration."""
    url = settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            noted = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
            if noted is None or noted[0] is None:
                return set()
            return {str(version) for (version,) in connection.execute("SELECT version_num FROM alembic_version")}
    except psycopg.OperationalError:
        return set()


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
