"""`communique campaign status`: how far it is, and why it is no further."""

import time
from uuid import UUID

import click

from app.cli.campaign.choosing import named_or_newest
from app.cli.campaign.words import describe, notes
from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.clock import utc_now
from app.models import Campaign, CampaignState
from app.services import campaigns
from app.services.campaigns import Progress
from app.services.outlook import OVER
from app.settings import Settings


@click.command()
@click.argument("campaign_id", metavar="[CAMPAIGN]", type=click.UUID, required=False)
@click.option("--watch", is_flag=True, help="Show a progress bar until it is over.")
@pass_settings
def status(settings: Settings, campaign_id: UUID | None, watch: bool) -> None:
    """Show how far a campaign is (the newest one, if none is named), counted from the ledger."""
    found, progress = _look(settings, campaign_id)
    click.echo(f"{found.subject}  ({found.public_id})")
    if watch and progress.state not in OVER:
        _tell_notes(settings, found.public_id)
        progress = _watch(settings, found.public_id, progress)
    click.echo(describe(progress))
    _tell_notes(settings, found.public_id)


def _tell_notes(settings: Settings, campaign_id: UUID) -> None:
    with transaction(settings) as session:
        said = notes(session, settings, campaigns.get(session, campaign_id), now=utc_now())
    for line in said:
        click.echo(line)


def _watch(settings: Settings, campaign_id: UUID, progress: Progress) -> Progress:
    while progress.state not in OVER:
        progress = _watch_a_stretch(settings, campaign_id, progress)
    return progress


def _watch_a_stretch(settings: Settings, campaign_id: UUID, began: Progress) -> Progress:
    """A bar for as long as state and trouble stay the same; above it stands why it doesn't move."""
    is_paused = began.state is CampaignState.PAUSED
    label = {CampaignState.PAUSED: "Paused", CampaignState.SCHEDULED: "Scheduled"}.get(began.state, "Sending")
    if began.trouble:
        click.echo(f"{'Paused. ' if is_paused else ''}Trouble: {began.trouble}")
    elif is_paused:
        click.echo("Paused by staff. It goes on with “Go on” in the console, or with: communique campaign resume")
    now = began
    with click.progressbar(length=100, label=label, show_pos=True) as bar:
        while (now.state, now.trouble) == (began.state, began.trouble):
            bar.update(now.percent - bar.pos)
            time.sleep(0.5)
            _, now = _look(settings, campaign_id)
        bar.update(now.percent - bar.pos)
    return now


def _look(settings: Settings, campaign_id: UUID | None) -> tuple[Campaign, Progress]:
    with transaction(settings) as session:
        found = named_or_newest(session, campaign_id)
        return found, campaigns.progress(session, found)
