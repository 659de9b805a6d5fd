"""`communique migrate`: bring the database to this version."""

import click

from app import migrations
from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.services import topics
from app.settings import Settings


@click.command()
@pass_settings
def migrate(settings: Settings) -> None:
    """Bring the database's schema to this version; it may run at any time, and twice at once."""
    migrations.upgrade(settings.database_url)
    with transaction(settings) as session:
        if not topics.every(session):
            topics.ensure(session, "statements", "Statements", f"What {settings.organisation} has to say.")
    click.echo("The database is up to date.")
