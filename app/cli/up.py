"""`communique up`: the whole service on one machine, kept running by one supervisor."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

import click

from app.cli.context import read_settings
from app.cli.folder_lock import SERVICE_LOCK, only_one
from app.cli.follow import LogFollower, last_lines
from app.cli.health import web_answers
from app.cli.parts import Part, has_inbox, parts
from app.cli.ports import refuse_taken
from app.cli.supervision import SUPERVISOR, ended_part, failed_part, start_supervisor
from app.embedded import find_free_port, with_urls
from app.errors import Conflict
from app.settings import PREFIX, Settings

__all__ = ["Part", "parts", "up"]

_PAUSE = 0.2
_STOP_PATIENCE = 90


@click.command()
def up() -> None:
    """Start the whole service on this machine and keep it running until Ctrl-C. Data stays in COMMUNIQUE_VAR_DIR."""
    settings = read_settings()
    settings = settings.model_copy(update={"var_dir": settings.var_dir.resolve()})
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    refusal = partial(_refusal, settings.var_dir)
    with only_one(settings.var_dir / SERVICE_LOCK, refusal) as lock:
        _check_ports(settings)
        if not settings.redis_url:
            find_free_port(settings.var_dir)
        _keep_running(settings, lock)


def _keep_running(settings: Settings, lock: IO[str]) -> None:
    """Start the supervisor, show what matters, and stop everything in good order at the end."""
    wanted = parts(settings)
    logs = settings.var_dir / "log"
    follower = LogFollower(logs, [SUPERVISOR, *(part.name for part in wanted)])
    with _stop_requests() as stop:
        click.echo(f"Starting {', '.join(part.name for part in wanted)} …")
        supervisor = start_supervisor(wanted, settings.var_dir, _environment(settings), lock)
        try:
            failed = _watch(settings, supervisor, follower, stop)
        finally:
            _end(supervisor)
    if failed:
        raise Conflict("\n".join([*_reasons(logs, failed), f"{failed} did not start. All is stopped."]))
    if not stop:
        raise Conflict(f"The supervisor was killed; all parts ended with it. See {logs}/{SUPERVISOR}.log")
    click.echo("Stopped.")


def _watch(
    settings: Settings, supervisor: "subprocess.Popen[bytes]", follower: LogFollower, stop: list[int]
) -> str | None:
    """Show errors until somebody asks us to stop or a part can't be started; returns that part's name."""
    ready = False
    while not stop and supervisor.poll() is None:
        for name, line in follower.new_lines():
            if name == SUPERVISOR and (failed := failed_part(line)):
                return failed
            if shown := _for_the_terminal(follower, name, line):
                click.echo(shown, err=True)
        if not ready and web_answers(settings):
            ready = True
            click.echo(_where(settings))
        time.sleep(_PAUSE)
    return None


def _reasons(logs: Path, part: str) -> list[str]:
    """The end of the part's log; of the supervisor's, where the part never got to say anything."""
    return last_lines(logs / f"{part}.log") or last_lines(logs / f"{SUPERVISOR}.log")


def _for_the_terminal(follower: LogFollower, name: str, line: str) -> str:
    """The line as somebody at the terminal should see it; empty if it need not be seen."""
    if name == SUPERVISOR:
        part = ended_part(line)
        return f"{part} has ended and is started again." if part else ""
    return f"{name}: {line}" if follower.worth_showing(name, line) else ""


def _end(supervisor: "subprocess.Popen[bytes]") -> None:
    """Let the supervisor stop its parts, last first; a supervisor that hangs is killed, and they end with it."""
    if supervisor.poll() is None:
        supervisor.terminate()
    try:
        supervisor.wait(_STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()


@contextmanager
def _stop_requests() -> Iterator[list[int]]:
    """A list that gets an entry with each SIGINT, SIGTERM or SIGHUP."""
    requests: list[int] = []
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda number, _: requests.append(number)) for number in signals}
    try:
        yield requests
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _refusal(var_dir: Path, holder: str) -> str:
    return (
        f"The service already runs on {var_dir} (process {holder}). Stop that one, or wait until it has "
        f"stopped; or set {PREFIX}VAR_DIR to another folder."
    )


def _check_ports(settings: Settings) -> None:
    refuse_taken(settings.host, settings.port, f"{PREFIX}PORT")
    if has_inbox(settings):
        smtp = settings.relays[0].url
        refuse_taken(smtp.host, smtp.port, f"{PREFIX}SMTP_URL")


def _environment(settings: Settings) -> dict[str, str]:
    """What the parts read: our environment, and where the embedded servers are."""
    complete = with_urls(settings)
    return {
        **os.environ,
        PREFIX + "VAR_DIR": str(settings.var_dir),
        PREFIX + "DATABASE_URL": complete.database_url,
        PREFIX + "REDIS_URL": complete.redis_url,
    }


def _where(settings: Settings) -> str:
    lines = [
        "Communiqué is running.",
        f"  Public page  {settings.public_url}/subscribe",
        f"  Console      {settings.public_url}/console",
    ]
    if has_inbox(settings):
        lines.append(f"  Inbox        {settings.public_url}/dev/inbox")
    lines += [f"  Logs         {settings.var_dir / 'log'}", "Stop it with Ctrl-C."]
    return "\n".join(lines)
