"""`communique provider`: mailbox providers that are held, and how they are released."""

from zoneinfo import ZoneInfo

import click

from app.cli.acting import note
from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.clock import utc_now
from app.mailbox_providers import MailboxProviders
from app.services import holds
from app.services.audit import Thing
from app.services.office_time import spell_moment
from app.settings import Settings


@click.group()
def provider() -> None:
    """Mailbox providers to which nothing is sent for now."""


@provider.command("list")
@pass_settings
def list_(settings: Settings) -> None:
    """Show which providers are held, since when and why."""
    zone = ZoneInfo(settings.office_timezone)
    with transaction(settings) as session:
        found = holds.held(session)
        for hold in found:
            which = "all campaigns" if hold.campaign_id is None else "one campaign"
            click.echo(f"{hold.provider}: held since {spell_moment(hold.since, zone)}, for {which}")
            click.echo(f"  {hold.why}")
    if found:
        click.echo("To send there again: communique provider release NAME")
    else:
        click.echo("No provider is held.")


@provider.command()
@click.argument("name")
@pass_settings
def release(settings: Settings, name: str) -> None:
    """Send to a provider's readers again. NAME is the provider as `list` shows it, or any of its domains."""
    with transaction(settings) as session:
        providers = MailboxProviders.from_settings(settings)
        released = holds.release(session, name, providers=providers, now=utc_now())
        note(session, "provider.release", Thing("provider", released[:64], released))
    click.echo(f"Released: {released}. Its readers get their mail now; answers are counted anew.")
