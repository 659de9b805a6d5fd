"""`communique topic`: what readers may choose from."""

import click

from app.cli.acting import note
from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.services import topics
from app.services.audit import Thing
from app.settings import Settings


@click.group()
def topic() -> None:
    """What readers may choose from."""


@topic.command()
@click.argument("slug")
@click.option("--name", prompt=True, help="The name as readers see it; it may change later, SLUG never does.")
@click.option("--description", default="", help="A sentence that says what comes, and how often.")
@pass_settings
def add(settings: Settings, slug: str, name: str, description: str) -> None:
    """Add a topic. SLUG becomes part of its address and of List-Id, for ever: small letters, digits and hyphens."""
    with transaction(settings) as session:
        made = topics.add(session, slug, name, description)
        note(session, "topic.add", Thing("topic", made.slug, made.name), description=made.description)
    click.echo(f"Added: {made.name}")


@topic.command("list")
@pass_settings
def list_(settings: Settings) -> None:
    """Show all topics, in their order."""
    with transaction(settings) as session:
        for found in topics.every(session):
            click.echo(f"{found.slug:30} {found.name}")
