"""`communique campaign`: sending a statement, and watching it on its way."""

import time
from uuid import UUID

import click
from sqlalchemy.orm import Session

from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.clock import utc_now
from app.errors import NotFound
from app.models import Campaign, CampaignState
from app.services import audience, campaigns, statements
from app.services.campaigns import Progress
from app.services.editions import Press
from app.settings import Settings

_OVER = {CampaignState.SENT, CampaignState.CANCELLED}


@click.group()
def campaign() -> None:
    """Send a statement, and watch it on its way."""


@campaign.command()
@click.argument("slug")
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_settings
def send(settings: Settings, slug: str, yes: bool) -> None:
    """Send the published statement called SLUG to everybody who confirmed one of its topics."""
    with transaction(settings) as session:
        prepared = campaigns.prepare(session, statements.by_slug(session, slug), None)
        people = audience.count(session, [topic.id for topic in prepared.topics])
        if not yes:
            click.confirm(f"Send “{prepared.subject}” to {people:,} people?", abort=True)
        campaigns.send(session, Press.from_settings(settings), prepared, now=utc_now())
        click.echo(f"Sending to {people:,} people. Watch it: communique campaign status --watch")


@campaign.command()
@click.argument("campaign_id", type=click.UUID, required=False)
@click.option("--watch", is_flag=True, help="Show a progress bar until it is over.")
@pass_settings
def status(settings: Settings, campaign_id: UUID | None, watch: bool) -> None:
    """Show how far a campaign is (the newest one, if none is named), counted from the ledger."""
    found, progress = _look(settings, campaign_id)
    click.echo(f"{found.subject}  ({found.public_id})")
    if watch and progress.state not in _OVER:
        progress = _watch(settings, found.public_id)
    click.echo(describe(progress))


def describe(progress: Progress) -> str:
    """The figures in one line."""
    counted = [f"{state.value} {number:,}" for state, number in progress.by_state.items() if number]
    return f"{progress.state.value}: {progress.done:,} of {progress.total:,} done. {', '.join(counted)}"


def _watch(settings: Settings, campaign_id: UUID) -> Progress:
    with click.progressbar(length=100, label="Sending", show_pos=True) as bar:
        while True:
            _, progress = _look(settings, campaign_id)
            bar.update(progress.percent - bar.pos)
            if progress.state in _OVER:
                return progress
            time.sleep(0.5)


def _look(settings: Settings, campaign_id: UUID | None) -> tuple[Campaign, Progress]:
    with transaction(settings) as session:
        found = campaigns.get(session, campaign_id) if campaign_id else _newest(session)
        return found, campaigns.progress(session, found)


def _newest(session: Session) -> Campaign:
    newest = campaigns.newest(session, limit=1)
    if not newest:
        raise NotFound("There is no campaign yet. Send a published statement: communique campaign send SLUG")
    return newest[0]
