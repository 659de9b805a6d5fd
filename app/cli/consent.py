"""`communique consent`: whether what readers agreed to is still written down as it was."""

import click

from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.services import consent_chain
from app.services.consent_chain import Fault
from app.settings import Settings


@click.group()
def consent() -> None:
    """What readers agreed to, step by step."""


@consent.command()
@pass_settings
@click.pass_context
def verify(ctx: click.Context, settings: Settings) -> None:
    """See whether a step of anybody was changed, added or removed; the exit code is 1 if so.

    Each step is sealed together with the one before of the same person.
    """
    with transaction(settings) as session:
        verdict = consent_chain.check(session)
    if verdict.first is not None:
        click.echo(_place(verdict.first), err=True)
        if verdict.faults > 1:
            click.echo(f"The consent log is broken at {verdict.faults:,} places in all; this is the first.", err=True)
        ctx.exit(1)
    click.echo(f"{verdict.steps:,} steps of {verdict.people:,} people; none was changed, added or removed.")


def _place(fault: Fault) -> str:
    if fault.event_id is None:
        return f"Of person {fault.subscriber_id} the last steps were removed, or other ones put there."
    return f"In or right before step {fault.event_id} (person {fault.subscriber_id}) something was changed or removed."
