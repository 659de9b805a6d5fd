"""`communique staff`: accounts of the press office."""

import secrets

import click

from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.links import Links
from app.services import access
from app.settings import Settings


@click.group()
def staff() -> None:
    """Accounts of the press office."""


@staff.command()
@click.argument("email")
@click.option("--name", help="Their name, as colleagues see it. Left out: what stands before the @.")
@click.option("--password", help="Their first password. Left out: one is made and shown once.")
@pass_settings
def add(settings: Settings, email: str, name: str | None, password: str | None) -> None:
    """Make an account for EMAIL."""
    chosen = password or secrets.token_urlsafe(12)
    with transaction(settings) as session:
        access.add_staff(session, email, email.partition("@")[0] if name is None else name, chosen)
    links = Links.from_settings(settings)
    click.echo(f"{email} can sign in at {links.console()}")
    if password is None:
        click.echo(f"Password (shown only now): {chosen}")
