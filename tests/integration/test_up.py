"""`communique up`: the whole service on one machine, started, killed and stopped for real."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from app.cli import main
from app.cli.follow import LogFollower
from app.cli.health import web_answers
from app.cli.parts import parts
from app.cli.supervision import ended_part, failed_part
from app.cli.web_log import masked
from app.relay_settings import parse_relays
from app.settings import PROJECT, Settings
from app.settings_loading import load_settings
from tests.live_server import free_port

PATIENCE = 100


@pytest.fixture
def environ(folder: Path, tmp_path: Path) -> dict[str, str]:
    port = free_port()
    return {
        "COMMUNIQUE_ENVIRONMENT": "development",
        "COMMUNIQUE_VAR_DIR": str(folder / "var"),
        "COMMUNIQUE_PORT": str(port),
        "COMMUNIQUE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "COMMUNIQUE_SMTP_URL": f"smtp://127.0.0.1:{free_port()}",
        "COMMUNIQUE_SECRET_KEYS": "test-key-that-is-long-enough-to-sign-with",
        "COMMUNIQUE_ADDRESS_PEPPER": "test-pepper-that-is-long-enough-too",
        "COMMUNIQUE_STATEMENTS_FROM": "Open Doors International <news@opendoors.example>",
        "COMMUNIQUE_SERVICE_FROM": "Open Doors International <hello@mail.opendoors.example>",
        "COMMUNIQUE_ORGANISATION": "Open Doors International",
        "COMMUNIQUE_POSTAL_ADDRESS": "12 Ramp Street\\nExampleton EX1 2AB",
        "COMMUNIQUE_CONTACT_EMAIL": "office@opendoors.example",
        "COMMUNIQUE_SETTINGS_FILE": str(tmp_path / "none.env"),
    }


@pytest.fixture
def local(environ: Mapping[str, str], tmp_path: Path) -> Settings:
    (tmp_path / "none.env").touch()
    return load_settings(environ)


def start(environ: Mapping[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", "up"],
        cwd=PROJECT,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def service(environ: Mapping[str, str], local: Settings) -> Iterator["subprocess.Popen[str]"]:
    process = start(environ)
    yield process
    if process.poll() is None:
        process.terminate()
        process.wait(PATIENCE)
    assert process.stdout is not None
    process.stdout.close()


def wait_for(what: Callable[[], object], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > deadline or process.poll() is not None:
            process.kill()
            raise AssertionError(process.communicate()[0])
        time.sleep(0.1)


def descendants(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def still_running(processes: list[psutil.Process], patience: float = 15) -> list[str]:
    """The command lines of those that have not ended; the dead whom nobody has collected are not meant."""
    deadline = time.monotonic() + patience
    while True:
        left = [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
        if not left or time.monotonic() > deadline:
            return [command_line(one) for one in left]
        time.sleep(0.1)


def command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it has ended meanwhile
        return ""


def parts_running(process: "subprocess.Popen[str]") -> dict[str, psutil.Process]:
    """Each part's own process, by the words that its command line has alone."""
    marks = {
        "postgres": "bin/postgres -D",
        "valkey": "valkey-server",
        "inbox": "app.devinbox",
        "web": "gunicorn",
        "worker-transactional": "--queues transactional",
        "worker-bulk": "--queues bulk",
        "worker-planning": "--queues planning",
        "beat": "celery beat",
    }
    found: dict[str, psutil.Process] = {}
    for supervisor in psutil.Process(process.pid).children():
        for child in supervisor.children():
            line = command_line(child).replace("-A worker.main:celery ", "")
            found |= {name: child for name, mark in marks.items() if mark in line}
    return found


@pytest.mark.timeout(400)
def test_killed_parts_come_back_and_a_killed_supervisor_leaves_none_behind(
    service: "subprocess.Popen[str]", local: Settings, environ: Mapping[str, str]
) -> None:
    wait_for(lambda: web_answers(local) and len(parts_running(service)) == 8, service)
    before = set(parts_running(service).values())
    for part in before:
        part.kill()
    wait_for(lambda: len(now := parts_running(service)) == 8 and not before & {*now.values()}, service)
    wait_for(lambda: web_answers(local), service)
    everybody = descendants(service)
    psutil.Process(service.pid).children()[0].kill()
    assert service.wait(PATIENCE) == 1
    assert still_running(everybody) == []


@pytest.mark.timeout(400)
def test_one_service_runs_on_a_folder_and_ctrl_c_leaves_no_process(
    service: "subprocess.Popen[str]", local: Settings, environ: Mapping[str, str]
) -> None:
    wait_for(lambda: len(descendants(service)) > 1, service)
    everybody = descendants(service)
    refused = start(environ)
    assert "The service already runs on" in refused.communicate(timeout=PATIENCE)[0]
    assert refused.returncode == 1
    service.kill()
    service.communicate()
    assert still_running(everybody, patience=PATIENCE) == []

    again = start(environ)
    try:
        wait_for(lambda: web_answers(local), again)
        time.sleep(1)
        everybody = descendants(again)
        again.send_signal(signal.SIGINT)
        said = again.communicate(timeout=PATIENCE)[0]
    finally:
        again.kill()
        again.communicate()
    assert again.returncode == 0
    assert still_running(everybody) == []
    assert "Communiqué is running." in said
    assert f"{local.public_url}/dev/inbox" in said
    assert "Traceback" not in said
    assert "Stopped." in said


def test_a_taken_port_is_refused_with_its_holder_and_the_setting(local: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", local.port))
        other.listen()
        answer = CliRunner().invoke(main, ["up"], obj=local)
    assert answer.exit_code == 1
    assert f"Port {local.port} on 127.0.0.1 is taken by " in answer.output
    assert f"(process {os.getpid()})" in answer.output
    assert "COMMUNIQUE_PORT" in answer.output


def test_the_inboxs_port_is_refused_too(local: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", local.smtp_url.port))
        other.listen()
        answer = CliRunner().invoke(main, ["up"], obj=local)
    assert answer.exit_code == 1
    assert "COMMUNIQUE_SMTP_URL" in answer.output


def test_without_any_settings_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("COMMUNIQUE_"):
            monkeypatch.delenv(name)
    answer = CliRunner().invoke(main, ["up"])
    assert answer.exit_code == 1
    assert "Copy .env.example to communique.env" in answer.output
    assert "communique demo" in answer.output


def test_parts_are_started_servers_first_and_only_those_that_are_needed(local: Settings) -> None:
    assert [part.name for part in parts(local)] == [
        *("postgres", "valkey", "inbox", "migrate"),
        *("web", "worker-transactional", "worker-bulk", "worker-planning", "beat"),
    ]
    own = {
        "database_url": "postgresql+psycopg://db/communique",
        "redis_url": "redis://cache",
        "environment": "production",
    }
    assert [part.name for part in parts(local.model_copy(update=own))][:2] == ["migrate", "web"]
    relay = local.model_copy(update={"relays": parse_relays("smtp://relay.example?tls=starttls")})
    assert "inbox" not in [part.name for part in parts(relay)]


def test_settings_are_printed_without_their_secrets(local: Settings) -> None:
    answer = CliRunner().invoke(main, ["settings"], obj=local)
    assert answer.exit_code == 0
    assert "COMMUNIQUE_ORGANISATION=Open Doors International" in answer.output
    assert "COMMUNIQUE_POSTAL_ADDRESS=12 Ramp Street\\nExampleton EX1 2AB" in answer.output
    assert "long-enough" not in answer.output


def test_the_access_log_shows_no_tokens() -> None:
    for kind in "ucpn":
        assert masked(f'"GET /{kind}/WzEsMl0.abc-_X HTTP/1.1" 200') == f'"GET /{kind}/*** HTTP/1.1" 200'
    assert (
        masked("GET /u/TOKEN?lang=fr from https://x.example/c/OTHER")
        == "GET /u/***?lang=fr from https://x.example/c/***"
    )
    assert masked("POST /console/link/aB3-_x HTTP/1.1") == "POST /console/link/*** HTTP/1.1"
    assert masked("GET /console/subscribers?topic=a&who=ana") == "GET /console/subscribers?topic=a&who=***"
    assert masked("GET /statements/a-title") == "GET /statements/a-title"


def test_the_terminal_shows_errors_and_of_a_traceback_only_the_end(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("old ERROR\n")
    follower = LogFollower(tmp_path, ["web"])
    with log.open("a") as file:
        file.write(
            "[INFO] fine\nTraceback (most recent call last):\n  File x\nValueError: bad\n[ERROR] worse\nhalf a li"
        )
    shown = [line for name, line in follower.new_lines() if follower.worth_showing(name, line)]
    assert shown == ["ValueError: bad", "[ERROR] worse"]
    log.write_text("CRITICAL after the log was turned over\n")
    assert [line for _, line in follower.new_lines()][-1].endswith("CRITICAL after the log was turned over")


def test_the_supervisors_words_are_understood() -> None:
    assert ended_part("WARN exited: web (terminated by SIGKILL; not expected)") == "web"
    assert ended_part("INFO exited: migrate (exit status 0; expected)") is None
    assert (
        failed_part("INFO gave up: worker-bulk entered FATAL state, too many start retries too quickly")
        == "worker-bulk"
    )
    assert failed_part("WARN exited: migrate (exit status 1; not expected)") == "migrate"
    assert failed_part("WARN exited: web (exit status 1; not expected)") is None
