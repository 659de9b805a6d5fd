"""`communique erasure`: so that a restored backup doesn't bring back who was erased."""

import sys
from datetime import datetime

import click

from app.cli.acting import note
from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.clock import utc_now
from app.errors import Invalid, Problem
from app.services import erasure as service
from app.settings import Settings


@click.group()
def erasure() -> None:
    """Who was erased on request, as fingerprints: write them down beside each backup, replay them after a restore."""


@erasure.command("list")
@pass_settings
def list_(settings: Settings) -> None:
    """Print a line for each person who was erased: a fingerprint of the address, and when."""
    with transaction(settings) as session:
        for key, since in service.erased(session):
            click.echo(f"{key.hex()} {since.isoformat()}")


@erasure.command()
@pass_settings
def replay(settings: Settings) -> None:
    """Read such lines, and erase again whoever is there in spite of it.

    For example: communique erasure replay < erased.txt. It takes the same COMMUNIQUE_ADDRESS_PEPPER.
    """
    lines = [_read(number, line) for number, line in enumerate(sys.stdin, 1) if line.strip()]
    with transaction(settings) as session:
        again = sum(service.erase_again(session, key, since, now=utc_now()) for key, since in lines)
        note(session, "erasure.replay", people=again)
    click.echo(f"Read {len(lines):,}; erased again: {again:,}.")


def _read(number: int, line: str) -> tuple[bytes, datetime]:
    try:
        key, since = line.split()
        return bytes.fromhex(key), datetime.fromisoformat(since)
    except ValueError as error:
        words = f"Line {number} is no line of “communique erasure list”. Nothing was erased."
        raise Invalid(Problem(words)) from error
