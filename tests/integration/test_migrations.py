"""The schema: built by the migrations, taken down by them, and the same as the models say."""

import os
from collections.abc import Iterator
from multiprocessing import SimpleQueue, get_context

import pytest
from alembic import command
from click.testing import CliRunner
from sqlalchemy import Engine, create_engine, text

from app import migrations
from app.cli import main
from app.models import Base
from app.settings import Settings

COLUMNS = """
SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""
CONSTRAINTS = """
SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
WHERE c.connamespace = 'public'::regnamespace AND c.conrelid::regclass::text <> 'alembic_version'
"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
FUNCTIONS = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
TYPES = "SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')"
TRIGGERS = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"


def rows(engine: Engine, query: str) -> set[tuple[object, ...]]:
    with engine.connect() as connection:
        return {tuple(row) for row in connection.execute(text(query))}


def schema(engine: Engine) -> dict[str, set[tuple[object, ...]]]:
    return {name: rows(engine, query) for name, query in
            (("columns", COLUMNS), ("constraints", CONSTRAINTS), ("indexes", INDEXES))}  # fmt: skip


@pytest.fixture
def empty(worker_id: str) -> Iterator[Engine]:
    """A database with nothing in it."""
    admin = create_engine(os.environ["TEST_DATABASE_URL"], isolation_level="AUTOCOMMIT")
    name = f"communique_migrations_{worker_id}"
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine = create_engine(admin.url.set(database=name))
    yield engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def test_up_down_and_up_again_gives_the_same_schema_and_leaves_nothing_between(empty):
    assert not migrations.is_up_to_date(empty)
    migrations.upgrade(url_of(empty))
    assert migrations.is_up_to_date(empty)
    first = schema(empty), rows(empty, TRIGGERS), rows(empty, FUNCTIONS)
    assert rows(empty, TRIGGERS)
    migrations.downgrade(url_of(empty), "base")
    assert schema(empty) == {"columns": set(), "constraints": set(), "indexes": set()}
    assert rows(empty, FUNCTIONS) == rows(empty, TRIGGERS) == rows(empty, TYPES) == set()
    assert not migrations.is_up_to_date(empty)
    migrations.upgrade(url_of(empty))
    assert (schema(empty), rows(empty, TRIGGERS), rows(empty, FUNCTIONS)) == first


def test_there_is_one_newest_revision_and_none_is_missed_out():
    assert len(migrations.heads()) == 1


def test_the_migrations_build_what_the_models_say(empty, engine):
    """Alembic compares tables and columns; the catalogue has checks, predicates and defaults as well."""
    Base.metadata.create_all(empty)
    by_models, by_migrations = schema(empty), schema(engine)
    for kind in by_models:
        assert by_migrations[kind] == by_models[kind], kind


def test_alembic_finds_nothing_to_add(engine):
    command.check(migrations._config(url_of(engine)))


def test_going_up_when_one_is_up_already_changes_nothing(engine):
    before = schema(engine)
    migrations.upgrade(url_of(engine))
    assert schema(engine) == before
    assert migrations.is_up_to_date(engine)


def migrate(settings: Settings, said: "SimpleQueue[tuple[int, str]]") -> None:
    """`communique migrate`, in a process of its own."""
    result = CliRunner().invoke(main, ["migrate"], obj=settings)
    said.put((result.exit_code, result.output))


def test_two_processes_that_migrate_at_once_both_end_well(empty, settings: Settings):
    fresh = settings.model_copy(update={"database_url": url_of(empty)})
    forking = get_context("fork")
    said = forking.SimpleQueue()
    processes = [forking.Process(target=migrate, args=(fresh, said)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [said.get() for _ in processes] == [(0, "The database is up to date.\n")] * 2
    assert rows(empty, "SELECT slug FROM topics") == {("statements",)}
    assert migrations.is_up_to_date(empty)
