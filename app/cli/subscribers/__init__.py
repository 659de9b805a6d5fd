"""`communique subscribers`: many people at once."""

import click

from app.cli.subscribers.importing import apply, discard, import_, list_, undo


@click.group()
def subscribers() -> None:
    """Many subscribers at once: lists from elsewhere."""


for command in (import_, apply, undo, discard, list_):
    subscribers.add_command(command)
