"""Bringing a database's schema up to date, for the command line, the tests and the check at start."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

from app.settings import PROJECT

_LOCK = 0x0C0117E


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Run the missing migrations; several processes at once wait for the first."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            try:
                command.upgrade(_config(url), revision)
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
    finally:
        engine.dispose()


def downgrade(url: str, revision: str) -> None:
    """Take migrations back down to a revision."""
    command.downgrade(_config(url), revision)


def heads() -> tuple[str, ...]:
    """The newest revisions of the code; there must be exactly one."""
    return tuple(ScriptDirectory.from_config(_config("")).get_heads())


def is_up_to_date(engine: Engine) -> bool:
    """Whether the database has the schema that this code expects."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_heads() == heads()
