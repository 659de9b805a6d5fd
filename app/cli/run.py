"""`communique run …`: become one process of the service, in the foreground. For supervisors and containers."""

import os
import signal
import sys
from typing import NoReturn

import click

from app.cli.context import pass_settings
from app.cli.waiting import wait_for_database, wait_until_migrated
from app.embedded import exec_postgres, exec_valkey
from app.embedded.process import die_with_parent
from app.settings import PREFIX, Settings

PROCESSES = {"transactional": 2, "bulk": 2, "planning": 1}


@click.group()
@click.option("--die-with-parent", "with_parent", is_flag=True, help="End when the process that started this one ends.")
def run(with_parent: bool) -> None:
    """Run one part of the service in the foreground."""
    if with_parent:
        die_with_parent(signal.SIGKILL, os.getppid())


@run.command()
@pass_settings
def web(settings: Settings) -> None:
    """The public pages and the console."""
    wait_until_migrated(settings)
    _become(web_command(settings), settings)


@run.command()
@click.option("--queue", type=click.Choice(list(PROCESSES)), required=True, help="What this worker does.")
@click.option("--concurrency", type=click.IntRange(1, 64), help="Processes.  [2; planning 1]")
@pass_settings
def worker(settings: Settings, queue: str, concurrency: int | None) -> None:
    """One of the workers: sends confirmations (transactional) or statements (bulk), or opens campaigns (planning)."""
    wait_until_migrated(settings)
    _become(worker_command(queue, concurrency or PROCESSES[queue]), settings)


@run.command()
@pass_settings
def beat(settings: Settings) -> None:
    """The clock that rings for what was left behind."""
    wait_until_migrated(settings)
    folder = settings.var_dir.resolve() / "beat"
    folder.mkdir(parents=True, exist_ok=True)
    options = ["--schedule", str(folder / "schedule"), "--pidfile=", "--loglevel", "INFO"]
    _become(["-m", "celery", "-A", "worker.main:celery", "beat", *options], settings)


@run.command()
@pass_settings
def listener(settings: Settings) -> None:
    """Takes bounces and complaints from your mail server, where COMMUNIQUE_INTAKE_LISTEN says."""
    if not settings.intake_listen:
        raise click.UsageError("Say where to listen first: COMMUNIQUE_INTAKE_LISTEN=lmtp://127.0.0.1:8024")
    wait_until_migrated(settings)
    _become(["-m", "worker.listening"], settings)


@run.command()
@pass_settings
def inbox(settings: Settings) -> None:
    """The development inbox: takes all mail by SMTP, forwards none."""
    smtp = settings.relays[0].url
    _become(["-m", "app.devinbox", smtp.host, str(smtp.port), str(inbox_folder(settings))], settings)


@run.command()
@pass_settings
def postgres(settings: Settings) -> None:
    """PostgreSQL from its wheel, data in COMMUNIQUE_VAR_DIR."""
    exec_postgres(settings.var_dir)


@run.command()
@pass_settings
def valkey(settings: Settings) -> None:
    """Valkey from its wheel, data in COMMUNIQUE_VAR_DIR."""
    exec_valkey(settings.var_dir)


@run.command()
@pass_settings
def migrate(settings: Settings) -> None:
    """Wait for the database, then bring its schema up to this version; ends when that is done."""
    wait_for_database(settings)
    _become(["-m", "app.cli", "migrate"], settings)


def web_command(settings: Settings) -> list[str]:
    """Arguments that make Python the web server."""
    address = f"[{settings.host}]" if ":" in settings.host else settings.host
    return [
        *("-m", "gunicorn", "app.wsgi:application"),
        *("--bind", f"{address}:{settings.port}"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload"),
        *("--graceful-timeout", "10", "--no-control-socket"),
        *("--access-logfile", "-", "--logger-class", "app.cli.web_log.MaskingLogger"),
    ]


def worker_command(queue: str, concurrency: int) -> list[str]:
    """Arguments that make Python a worker. It takes one task at a time: a task may send thousands of mails."""
    return [
        *("-m", "celery", "-A", "worker.main:celery", "worker"),
        *("--queues", queue, "--hostname", f"{queue}@%h"),
        *("--concurrency", str(concurrency), "--prefetch-multiplier", "1"),
        *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
    ]


def inbox_folder(settings: Settings) -> str:
    """Where the development inbox keeps its mail."""
    return str(settings.var_dir.resolve() / "inbox")


def _become(arguments: list[str], settings: Settings) -> NoReturn:
    """Replace this process; the next one reads the same settings, and finds the embedded servers by address."""
    addresses = {
        PREFIX + "DATABASE_URL": settings.database_url,
        PREFIX + "REDIS_URL": settings.redis_url,
        "PYTHONUNBUFFERED": "1",
    }
    os.execve(sys.executable, [sys.executable, *arguments], {**os.environ, **addresses})  # noqa: S606
