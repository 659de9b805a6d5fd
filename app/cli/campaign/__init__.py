"""`communique campaign`: checking and sending a statement, watching it, and deciding about it on its way."""

import click

from app.cli.campaign.checking import check
from app.cli.campaign.sending import send
from app.cli.campaign.steps import cancel, pause, resume, undo
from app.cli.campaign.unknown_mail import unknown
from app.cli.campaign.watching import status

__all__ = ["campaign"]


@click.group()
def campaign() -> None:
    """Send a statement, and watch it on its way."""


for command in (check, send, status, undo, pause, resume, cancel, unknown):
    campaign.add_command(command)
