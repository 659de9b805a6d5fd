"""`communique subscribers`: many people at once."""

import click


@click.group()
def subscribers() -> None:
    """Many subscribers at once."""
