"""Real services for all tests: one PostgreSQL and one Redis for the run, a database and a Redis number per process.

`TEST_DATABASE_URL` (of a superuser) and `TEST_REDIS_URL` take servers that stand already; else they come from their
wheels.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from app import create_app
from app.database import sessions
from app.db import db
from app.embedded import EmbeddedServers
from app.redis_client import redis_client
from app.services.access import passwords, recovery
from app.services.preflight import Outside
from app.settings import Settings
from app.settings_loading import load_settings
from tests.installation import environment

TEMPLATE = "communique_template"
EMPTY = """DO $$ DECLARE name regclass; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT oid FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
    LOOP
        IF pg_relation_size(name) > 500000 THEN
            EXECUTE 'TRUNCATE ' || name || ' CASCADE';
        ELSE
            EXECUTE 'DELETE FROM ' || name;
        END IF;
    END LOOP;
END $$"""
"""Take all rows, past the triggers that keep some. Where they are few that is much quicker than TRUNCATE, which makes
new files for every table and index; where they were many, it is TRUNCATE that leaves no dead ones behind."""
NUMBER_FROM_ONE = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more process than there are processors: many a test waits, for a clock, a browser or a server to start."""
    return (psutil.cpu_count(logical=True) or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, in the process that leads the run; the others inherit their addresses."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    if not (os.environ.get("TEST_DATABASE_URL") and os.environ.get("TEST_REDIS_URL")):
        folder = tempfile.TemporaryDirectory(prefix="communique-test-", ignore_cleanup_errors=True)
        servers = EmbeddedServers.start(Path(folder.name), durable=False)
        config.add_cleanup(folder.cleanup)
        config.add_cleanup(servers.stop)
        os.environ.setdefault("TEST_DATABASE_URL", servers.database_url)
        os.environ.setdefault("TEST_REDIS_URL", servers.redis_url)
    _make_template()


def _admin() -> Engine:
    return create_engine(os.environ["TEST_DATABASE_URL"], isolation_level="AUTOCOMMIT")


def _url(database: str) -> str:
    return _admin().url.set(database=database).render_as_string(hide_password=False)


def _make_template() -> None:
    """Build the schema once, by the migrations."""
    from app.migrations import upgrade

    admin = _admin()
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{TEMPLATE}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{TEMPLATE}"'))
    upgrade(_url(TEMPLATE))
    admin.dispose()


@pytest.fixture(scope="session")
def database_url(worker_id: str) -> Iterator[str]:
    """A database of this process's own."""
    name = f"communique_test_{worker_id}"
    admin = _admin()
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"'))
    yield _url(name)
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(scope="session")
def redis_url(worker_id: str) -> str:
    """A Redis number of this process's own."""
    number = int(worker_id.removeprefix("gw")) + 1 if worker_id != "master" else 0
    base, _, _ = os.environ["TEST_REDIS_URL"].rpartition("/")
    return f"{base}/{number}"


@pytest.fixture(scope="session")
def settings(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of an installation under test."""
    var_dir = tmp_path_factory.mktemp("var")
    return load_settings(environment(database_url, redis_url, var_dir), Path("/nonexistent"))


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on this process's database."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def database(engine: Engine) -> Iterator[Engine]:
    """The database, emptied after the test: code under test may commit, as it does in production."""
    with engine.begin() as connection:
        # what was rolled back has used up numbers
        connection.execute(text(NUMBER_FROM_ONE))
    yield engine
    with engine.begin() as connection:
        connection.execute(text(EMPTY))


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    """A session of its own; what the test doesn't commit is gone."""
    with sessions(database)() as session:
        yield session


@pytest.fixture
def unguarded(redis_url: str) -> None:
    """The sign-up form's guard, which remembers nobody."""
    with redis_client(redis_url) as redis:
        if known := redis.keys("communique:guard:*"):
            redis.delete(*known)


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    """The web application, one for the process."""
    app = create_app(settings)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session", autouse=True)
def real_hashers() -> Iterator[tuple[PasswordHasher, PasswordHasher]]:
    """Those of passwords and of recovery codes, set aside: tests hash as the product does, with as little work as can.

    What a password costs whoever guesses it is asked in test_access.
    """
    real, quick = (passwords._hasher, recovery._hasher), PasswordHasher.from_parameters(CHEAPEST)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", quick)
        patch.setattr(passwords, "_DUMMY", quick.hash("nobody's"))
        patch.setattr(recovery, "_hasher", quick)
        yield real


@pytest.fixture(autouse=True)
def nobody_outside_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The preflight asks no name server and no relay, unless a test is about that."""
    monkeypatch.setattr(Outside, "real", Outside.silent)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's account may enter; pytest's own are closed again by each run of pytest."""
    with tempfile.TemporaryDirectory(prefix="communique-test-", ignore_cleanup_errors=True) as name:
        yield Path(name)
