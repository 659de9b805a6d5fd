"""The servers from wheels, started for real."""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from app.embedded import EmbeddedServers, postgres_url, valkey_url, with_urls
from app.errors import Conflict
from app.settings import Settings


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's account may enter; pytest's own are closed again by each run of pytest."""
    with tempfile.TemporaryDirectory(prefix="communique-test-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def wait_until_ended(*pids: int) -> bool:
    deadline = time.monotonic() + 10
    while any(is_running(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(is_running(pid) for pid in pids)


def postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def test_what_was_written_is_there_after_a_restart(folder: Path) -> None:
    with EmbeddedServers.start(folder) as first:
        ask(first.database_url, "CREATE TABLE kept AS SELECT 'Zażółć' AS word")
        redis.Redis.from_url(first.redis_url).set("word", "kept")
    with EmbeddedServers.start(folder) as second:
        assert ask(second.database_url, "SELECT upper(word) FROM kept") == [("ZAŻÓŁĆ",)]
        assert redis.Redis.from_url(second.redis_url).get("word") == b"kept"
        assert (second.database_url, second.redis_url) == (first.database_url, first.redis_url)


def test_stopping_leaves_no_server_behind(folder: Path) -> None:
    servers = EmbeddedServers.start(folder, durable=False)
    pid = postmaster(folder)
    servers.stop()
    servers.stop()
    assert not is_running(pid)


def test_a_second_server_on_the_same_folder_is_refused_and_the_first_goes_on(folder: Path) -> None:
    with EmbeddedServers.start(folder, durable=False) as servers:
        with pytest.raises(Conflict, match="PostgreSQL already runs on"):
            EmbeddedServers.start(folder, durable=False)
        assert ask(servers.database_url, "SELECT 1") == [(1,)]
        assert redis.Redis.from_url(valkey_url(folder)).ping()


def test_a_folder_whose_name_is_too_long_for_a_socket_works_as_well(folder: Path) -> None:
    long = folder / ("long" * 20) / ("longer" * 10)
    with EmbeddedServers.start(long, durable=False) as servers:
        assert ask(servers.database_url, "SELECT 1") == [(1,)]
        assert "longer" not in postgres_url(long)


def test_a_pid_file_left_by_a_killed_server_does_not_stop_the_next_one(folder: Path) -> None:
    with EmbeddedServers.start(folder, durable=False):
        os.kill(postmaster(folder), signal.SIGKILL)
    stale = folder / "postgres" / "postmaster.pid"
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        _, _, rest = stale.read_text().partition("\n")
        stale.write_text(f"{sleeper.pid}\n{rest}")
        with EmbeddedServers.start(folder, durable=False) as servers:
            assert ask(servers.database_url, "SELECT 1") == [(1,)]
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_start_that_was_killed_half_way_is_begun_again(folder: Path) -> None:
    half = folder / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedServers.start(folder, durable=False) as servers:
        assert ask(servers.database_url, "SELECT 1") == [(1,)]
    assert not half.exists()


def test_servers_end_when_the_process_that_started_them_is_killed(folder: Path) -> None:
    code = (
        "import sys, pathlib, time; from app.embedded import EmbeddedServers; "
        "EmbeddedServers.start(pathlib.Path(sys.argv[1]), durable=False); print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"up\n"
        pid = postmaster(folder)
        starter.kill()
    assert wait_until_ended(pid)


@pytest.mark.skipif(os.geteuid() != 0, reason="all other tests run as an ordinary user already")
def test_an_ordinary_user_can_start_them_too(folder: Path) -> None:
    os.chown(folder, 65534, 65534)
    child = multiprocessing.get_context("fork").Process(target=_start_as_nobody, args=(folder,))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert (folder / "postgres").stat().st_uid == 65534


def _start_as_nobody(folder: Path) -> None:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    with EmbeddedServers.start(folder, durable=False) as servers:
        ask(servers.database_url, "SELECT 1")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hide it from others")
def test_no_other_account_can_reach_the_database(folder: Path) -> None:
    with EmbeddedServers.start(folder, durable=False):
        assert (folder / "postgres-socket").stat().st_mode & 0o077 == 0
        assert (folder / "postgres").stat().st_mode & 0o077 == 0
        assert (folder / "valkey.place").stat().st_mode & 0o077 == 0


def test_addresses_that_are_set_win_over_the_embedded_ones(settings: Settings, folder: Path) -> None:
    assert with_urls(settings) == settings
    bare = settings.model_copy(update={"database_url": "", "redis_url": "", "var_dir": folder})
    assert with_urls(bare).database_url == postgres_url(folder)
    assert with_urls(bare).redis_url == valkey_url(folder)
