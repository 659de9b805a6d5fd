"""`communique audit`: whether what staff did is still written down as it was."""

import click
from sqlalchemy import func, select

from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.models import AuditEntry
from app.services import audit as log
from app.settings import Settings

_SHOWN = 10


@click.group()
def audit() -> None:
    """What staff did, as it was written down."""


@audit.command()
@click.option("--seal", default="", help="A seal that this command printed before: its entry must still be there.")
@pass_settings
@click.pass_context
def verify(ctx: click.Context, settings: Settings, seal: str) -> None:
    """See whether an entry was removed or changed; the exit code is 1 if so.

    Each entry is sealed together with the one before, so that a gap shows. That the newest ones were cut off shows
    only to who noted an earlier seal outside of the database: give it with --seal.
    """
    with transaction(settings) as session:
        found = list(log.broken(session))
        number = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
        newest, is_there = log.seal(session), not seal or log.has_seal(session, seal)
    for entry_id in found[:_SHOWN]:
        click.echo(f"Before or in entry {entry_id} something was removed or changed.", err=True)
    if len(found) > _SHOWN:
        click.echo(f"… and at {len(found) - _SHOWN:,} other places.", err=True)
    if not is_there:
        click.echo("The entry of that seal is not there any more: entries at the end were removed.", err=True)
    if found or not is_there:
        ctx.exit(1)
    click.echo(f"{number:,} entries; none was removed or changed.")
    if newest:
        click.echo(f"Seal: {newest}")
