"""`communique instance`: which installation this database belongs to, and letting this one send."""

import click

from app.cli.acting import note
from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.clock import utc_now
from app.services import campaigns, instance
from app.services.office_time import spell_moment
from app.settings import Settings


@click.group("instance")
def group() -> None:
    """Which installation may send from this database."""


@group.command()
@pass_settings
def show(settings: Settings) -> None:
    """Say whether this installation may send, and if not, what is different here."""
    with transaction(settings) as session:
        refusal = instance.may_send(session, settings)
        since = instance.adopted_at(session)
        click.echo(f"This installation: {instance.fingerprint(session, settings)}")
    if since is None:
        click.echo("No installation is remembered yet. The first one that runs will be.")
    else:
        click.echo(f"The database remembers its installation since {spell_moment(since)}.")
    click.echo(refusal or "This installation may send.")


@group.command()
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_settings
def adopt(settings: Settings, yes: bool) -> None:
    """Let this installation send from this database, after a move or a restored backup.

    What is under way is paused first: the former installation may have sent it meanwhile.
    """
    with transaction(settings) as session:
        refusal = instance.may_send(session, settings)
        if not refusal and instance.adopted_at(session) is not None:
            click.echo("This installation may send already. Nothing was changed.")
            return
        going = [f"  {found.state.value:10} {found.subject}" for found in campaigns.under_way(session)]
    if refusal:
        click.echo(refusal)
    if going:
        click.echo("\n".join(["Scheduled or under way (what is being sent is paused by this):", *going]))
    if not yes:
        click.confirm("Is the former installation switched off, and shall this one send?", abort=True)
    with transaction(settings) as session:
        paused = instance.adopt(session, settings, now=utc_now())
        note(session, "instance.adopt", paused=len(paused))
    click.echo("From now on this installation sends.")
    for found in paused:
        click.echo(
            f"Paused: “{found.subject}” ({found.public_id}). Look whether it was sent, then resume or cancel it."
        )
