"""`communique subscribers export`: the list of subscribers, or a part of it, as a file."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from app.cli.acting import note
from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.errors import Conflict, Invalid, Problem
from app.models import SubscriptionState
from app.services import csv_export, subscriber_export, topics
from app.services.subscriber_search import Search
from app.settings import Settings

_MINE_ALONE = 0o600


@click.command()
@click.option("--output", type=click.Path(path_type=Path), help="A new file, for your eyes only; else it is printed.")
@click.option("--topic", default="", help="Only those who ever asked for this topic (its short name).")
@click.option(
    "--state",
    type=click.Choice([one.value for one in SubscriptionState]),
    help="Only those who stand so, with that topic or any.",
)
@click.option("--language", default="", help="Only those who read this language, such as en.")
@click.option("--words", default="", help="Only those with this in their address or name.")
@click.option("--may/--must-not", "may", default=None, help="Only those who may, or must not, be written to.")
@click.option("--bom/--no-bom", default=True, show_default=True, help="Begin with the mark that spreadsheets look for.")
@pass_settings
def export(
    settings: Settings,
    *,
    output: Path | None,
    topic: str,
    state: str | None,
    language: str,
    words: str,
    may: bool | None,
    bom: bool,
) -> None:
    """Write subscribers as CSV, one row each, newest first. That is in the audit log before the first row is read."""
    with _opened(output) as out:
        with transaction(settings) as session:
            wanted = Search(
                words=words,
                topic_id=topics.get(session, topic).id if topic else None,
                state=SubscriptionState(state) if state else None,
                language=language,
                is_suppressed=None if may is None else not may,
            )
            note(session, "subscribers.export", **subscriber_export.noted(wanted, topic))
        with transaction(settings) as session:
            rows = subscriber_export.everybody(session, wanted)
            for line in csv_export.rows(subscriber_export.HEADER, rows, bom=bom):
                out.write(line.encode())


@contextmanager
def _opened(output: Path | None) -> Iterator[BinaryIO]:
    """The new file, readable by its owner alone, or what the command prints; half a file is not left behind."""
    if output is None:
        yield sys.stdout.buffer
        return
    try:
        number = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MINE_ALONE)
    except FileExistsError:
        raise Conflict(f"There is a file {output} already. Give another name, or move it away.") from None
    except OSError as error:
        raise Invalid(Problem(f"{output} can't be written: {error.strerror}.", field="--output")) from error
    try:
        with os.fdopen(number, "wb") as out:
            yield out
    except BaseException:
        output.unlink(missing_ok=True)
        raise
