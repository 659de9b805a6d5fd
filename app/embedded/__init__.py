"""PostgreSQL and Valkey from their wheels, in a data folder: for one machine, and for tests.

Where `COMMUNIQUE_DATABASE_URL` or `COMMUNIQUE_REDIS_URL` is empty, these are used. They are the real servers, so
the statements that matter (claims, COPY, advisory locks) are the ones that run in production.
"""

from pathlib import Path
from typing import NoReturn

from app.embedded.postgres import postgres_url, prepare_postgres
from app.embedded.servers import EmbeddedServers, postgres_answers, valkey_answers
from app.embedded.valkey import find_free_port, prepare_valkey, valkey_url
from app.settings import Settings

__all__ = [
    "EmbeddedServers",
    "exec_postgres",
    "exec_valkey",
    "find_free_port",
    "postgres_answers",
    "postgres_url",
    "valkey_answers",
    "valkey_url",
    "with_urls",
]


def exec_postgres(folder: Path) -> NoReturn:
    """Become the PostgreSQL server of this folder, in the foreground, ending with our parent."""
    prepare_postgres(folder).replace_this_process()


def exec_valkey(folder: Path) -> NoReturn:
    """Become the Valkey server of this folder, in the foreground, ending with our parent."""
    prepare_valkey(folder).replace_this_process()


def with_urls(settings: Settings) -> Settings:
    """The settings with the addresses of the embedded servers where none are set."""
    missing: dict[str, str] = {}
    if not settings.database_url:
        missing["database_url"] = postgres_url(settings.var_dir)
    if not settings.redis_url:
        missing["redis_url"] = valkey_url(settings.var_dir)
    return settings.model_copy(update=missing) if missing else settings
