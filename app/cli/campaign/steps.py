"""`communique campaign undo|pause|resume|cancel`: the steps of the console's buttons."""

from uuid import UUID

import click

from app.cli.campaign.choosing import named_or_only
from app.cli.campaign.noting import note
from app.cli.campaign.words import describe, people
from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.clock import utc_now
from app.errors import Conflict
from app.models.campaign_states import CAMPAIGN, CampaignEvent
from app.services import campaigns, site
from app.settings import Settings

_CAMPAIGN = click.argument("campaign_id", metavar="[CAMPAIGN]", type=click.UUID, required=False)


@click.command()
@_CAMPAIGN
@pass_settings
def undo(settings: Settings, campaign_id: UUID | None) -> None:
    """Take back what was sent a moment ago, or is scheduled, before its first mail leaves."""
    click.echo(undo_campaign(settings, campaign_id))


def undo_campaign(settings: Settings, campaign_id: UUID | None) -> str:
    """Take a sending back, or pause it if that is too late; gives the words for it.

    Raises Conflict where the sending had begun, so that a script learns that it was not undone.
    """
    with transaction(settings) as session:
        found = named_or_only(session, campaign_id, CampaignEvent.CANCEL, "undo")
        is_undone = campaigns.undo(session, found, now=utc_now())
        note(session, "campaign.undo" if is_undone else "campaign.pause", found)
    if is_undone:
        return f"Undone: “{found.subject}”. Nobody has got it."
    raise Conflict(
        f"Too late to undo “{found.subject}”: mail may have left. It is paused. "
        "Cancel it for good (communique campaign cancel), or let it go on (communique campaign resume)."
    )


@click.command()
@_CAMPAIGN
@pass_settings
def pause(settings: Settings, campaign_id: UUID | None) -> None:
    """Stop sending for now."""
    with transaction(settings) as session:
        found = named_or_only(session, campaign_id, CampaignEvent.PAUSE)
        campaigns.pause(session, found)
        note(session, "campaign.pause", found)
    click.echo(f"Paused: “{found.subject}”. Let it go on with: communique campaign resume")


@click.command()
@_CAMPAIGN
@pass_settings
def resume(settings: Settings, campaign_id: UUID | None) -> None:
    """Let a paused campaign go on, or one that missed its time."""
    with transaction(settings) as session:
        found = named_or_only(session, campaign_id, CampaignEvent.RESUME)
        campaigns.resume(session, found, now=utc_now(), undo_seconds=site.get(session, settings).undo_seconds)
        note(session, "campaign.resume", found)
    click.echo(f"Sending goes on: “{found.subject}”.")


@click.command()
@_CAMPAIGN
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_settings
def cancel(settings: Settings, campaign_id: UUID | None, yes: bool) -> None:
    """Stop a campaign for good; whoever has not got it never will by it."""
    with transaction(settings) as session:
        found = named_or_only(session, campaign_id, CampaignEvent.CANCEL)
        CAMPAIGN.after(found.state, CampaignEvent.CANCEL)
        progress = campaigns.progress(session, found)
    if not yes:
        click.echo(describe(progress))
        left = f", for {people(progress.total - progress.done)} who have not got it" if progress.total else ""
        click.confirm(f"Cancel “{found.subject}” for good{left}?", abort=True)
    with transaction(settings) as session:
        again = campaigns.get(session, found.public_id)
        campaigns.cancel(session, again, now=utc_now())
        note(session, "campaign.cancel", again)
    click.echo(f"Cancelled: “{found.subject}”. Nobody else gets it.")
