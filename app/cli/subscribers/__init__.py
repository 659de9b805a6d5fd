"""`communique subscribers`: many people at once."""

import click

from app.cli.subscribers.exporting import export


@click.group()
def subscribers() -> None:
    """Many subscribers at once."""


subscribers.add_command(export)
