"""`communique retention`: let go of what is old. The workers do it by themselves, once a day."""

from collections.abc import Mapping

import click

from app.cli.acting import note
from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.clock import utc_now
from app.database import engine_for, sessions
from app.services import retention as service
from app.services.retention_rules import Rule
from app.settings import Settings


@click.group()
def retention() -> None:
    """What is kept for how long: sign-ups that nobody confirmed, single messages, words of mail servers, reports."""


@retention.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be let go.")
@pass_settings
def run(settings: Settings, *, dry_run: bool) -> None:
    """Let go of everything that is older than it may be.

    How long things are kept stands in the console, under Settings. Numbers in reports stay as they are.
    """
    if dry_run:
        with transaction(settings) as session:
            _say(service.look(session, settings, now=utc_now()))
        click.echo("Nothing was changed.")
        return
    engine = engine_for(settings)
    done = service.run(sessions(engine).begin, settings, now=utc_now())
    engine.dispose()
    with transaction(settings) as session:
        note(session, "retention.run", let_go={rule.name: number for rule, number in done.items() if number})
    _say(done)


def _say(numbers: Mapping[Rule, int]) -> None:
    for rule, number in numbers.items():
        click.echo(f"{number:>9,}  {rule.words}")
