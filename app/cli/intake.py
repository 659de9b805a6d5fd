"""`communique intake < message`: takes one report from a pipe, as mail servers hand it to a command."""

import sys

import click
from sqlalchemy.exc import SQLAlchemyError

from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.models import ReportSource
from app.services import mailroom
from app.settings import Settings

TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: the mail server keeps the message and comes back."""


@click.command()
@click.option("--recipient", default="", help="The envelope's recipient, if the mail server knows it.")
@click.option("--sender", default="", help="The envelope's sender; <> for a bounce.")
@pass_settings
def intake(settings: Settings, recipient: str, sender: str) -> None:
    """Take in one bounce, complaint or other answer from standard input.

    It is stored as it is, and understood by the workers soon after. Exit code 75 asks the mail server to keep it.
    """
    content = sys.stdin.buffer.read()
    if not content.strip():
        raise click.UsageError("There is nothing on standard input. Write: communique intake < message.eml")
    try:
        with transaction(settings) as session:
            is_new = mailroom.take_in(session, ReportSource.PIPE, content, recipient=recipient, sender=sender)
    except SQLAlchemyError as error:
        click.echo(f"It could not be stored, please try again: {error}", err=True)
        sys.exit(TRY_AGAIN)
    click.echo("Stored." if is_new else "This one is here already.")
