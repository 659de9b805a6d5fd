"""`communique settings`: what this installation has decided."""

import click

from app.cli.context import read_settings


@click.command()
def settings() -> None:
    """Print each setting, secrets masked."""
    for name, value in read_settings().masked().items():
        click.echo(f"{name}={value}".replace("\n", "\\n"))
