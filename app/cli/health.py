"""`communique health …`: scripts for the health checks of containers. Exit code 0 means well."""

import http.client
import socket
from smtplib import SMTPException
from urllib.parse import urlsplit

import click

from app.cli.context import pass_settings
from app.embedded import postgres_answers, valkey_answers
from app.errors import Conflict
from app.intake_address import ListenAddress
from app.services.doctor import way_back
from app.settings import Settings

_PATIENCE = 5


@click.group()
def health() -> None:
    """Ask one part of the service whether it is well."""


@health.command()
@pass_settings
def web(settings: Settings) -> None:
    """The web server answers GET /health."""
    if not web_answers(settings):
        raise Conflict(f"The web server does not answer on port {settings.port}.")


@health.command()
@pass_settings
def servers(settings: Settings) -> None:
    """The database and the Redis-compatible server answer."""
    if not postgres_answers(settings.database_url):
        raise Conflict("The database does not answer.")
    if not valkey_answers(settings.redis_url):
        raise Conflict("The Redis server does not answer.")


@health.command()
@click.option("--queue", required=True, help="The queue that the worker of this host works on.")
@pass_settings
def worker(settings: Settings, queue: str) -> None:
    """The worker of this host answers a ping through the broker."""
    from app.jobs import celery_client  # noqa: PLC0415 - Celery is slow to import, and the other checks do without

    name = f"{queue}@{socket.gethostname()}"
    if not celery_client(settings).control.ping(destination=[name], timeout=_PATIENCE):
        raise Conflict(f"The worker {name} does not answer.")


@health.command()
@pass_settings
def listener(settings: Settings) -> None:
    """The listener for bounces greets."""
    try:
        is_well = bool(settings.intake_listen) and way_back.listens(ListenAddress.parse(settings.intake_listen))
    except (OSError, SMTPException):
        is_well = False
    if not is_well:
        raise Conflict(f"The listener does not answer at {settings.intake_listen or 'COMMUNIQUE_INTAKE_LISTEN'}.")


def web_answers(settings: Settings) -> bool:
    """Whether GET /health says 200 on the port that `communique run web` listens on."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(settings.host, settings.host)  # noqa: S104
    connection = http.client.HTTPConnection(host, settings.port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/health", headers={"Host": urlsplit(settings.public_url).netloc})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
