"""`communique subscribers`: many people at once."""

import click

from app.cli.subscribers.exporting import export
from app.cli.subscribers.importing import apply, discard, import_, list_, undo


@click.group()
def subscribers() -> None:
    """Many subscribers at once: lists from elsewhere, and the list to take along."""


for command in (import_, apply, undo, discard, list_, export):
    subscribers.add_command(command)
