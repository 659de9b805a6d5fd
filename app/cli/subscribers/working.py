"""Doing an import's steps in a command, and saying what came of them. No worker is needed; one may help."""

import time

import click

from app.cli.transaction import transaction
from app.clock import utc_now
from app.models import ImportState, ImportVerdict, SubscriberImport
from app.services.imports import course, looking
from app.services.imports.course import Step
from app.settings import Settings

_WAIT = 0.2
_MOST_LINES = 10


def work(settings: Settings, import_id: int, words: str) -> SubscriberImport:
    """Do steps until the import waits for somebody; gives it as it is then."""
    with click.progressbar(length=100, label=words) as bar:
        step = Step.MORE
        while step is not Step.OVER:
            with transaction(settings) as session:
                step = course.go_on(session, settings, import_id, now=utc_now())
                percent = looking.percent(course.get(session, import_id))
            bar.update(max(0, percent - bar.pos))
            if step is Step.BUSY:
                time.sleep(_WAIT)
    with transaction(settings) as session:
        return course.get(session, import_id)


def tell(settings: Settings, made: SubscriberImport) -> None:
    """What the dry run found: numbers, reasons, and the first lines that are refused."""
    if made.state is ImportState.FAILED:
        click.echo(f"The file can't be read. {made.trouble}", err=True)
        return
    click.echo(f"Import {made.id}, {made.name}:")
    for verdict in ImportVerdict:
        click.echo(f"  {verdict + ':':12}{getattr(made, verdict):>10,}")
    with transaction(settings) as session:
        for reason, number in looking.reasons(session, made):
            click.echo(f"  {number:>10,}  {reason}")
        lines = looking.refused(session, made)
        for row in lines[:_MOST_LINES]:
            click.echo(f"  line {row.line}: {row.address or '–'}: {row.reason}")
    if made.refused > _MOST_LINES:
        click.echo(f"  … and {made.refused - _MOST_LINES:,} more; the console shows them all.")
