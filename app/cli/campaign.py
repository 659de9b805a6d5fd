"""`communique campaign`: sending a statement, and watching it on its way."""

import time
from uuid import UUID

import click
from sqlalchemy.orm import Session

from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.clock import utc_now
from app.errors import Conflict, NotFound
from app.models import Campaign, CampaignState
from app.services import campaigns, statements
from app.services.campaigns import Outlook, Progress
from app.services.editions import Press
from app.settings import Settings

_OVER = {CampaignState.SENT, CampaignState.CANCELLED}


@click.group()
def campaign() -> None:
    """Send a statement, and watch it on its way."""


@campaign.command()
@click.argument("slug")
@click.option("--again", is_flag=True, help="Send it although it was sent before.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_settings
def send(settings: Settings, slug: str, again: bool, yes: bool) -> None:
    """Send the published statement called SLUG to everybody who confirmed one of its topics."""
    with transaction(settings) as session:
        agreed = _look_ahead(session, slug, again=again)
    while True:
        if not yes:
            click.confirm(_question(agreed), abort=True)
        with transaction(settings) as session:
            now = _look_ahead(session, slug, again=again)
            if yes or agreed.still_holds(now):
                prepared = campaigns.prepare(session, statements.by_slug(session, slug), None, again=again)
                campaigns.send(session, Press.from_settings(settings), prepared, now=utc_now(), again=again)
                break
        click.echo("Something has changed meanwhile. Nothing was sent yet.")
        agreed = now
    click.echo(f"Sending to {_people(now)}. Watch it: communique campaign status --watch")


@campaign.command()
@click.argument("campaign_id", type=click.UUID, required=False)
@click.option("--watch", is_flag=True, help="Show a progress bar until it is over.")
@pass_settings
def status(settings: Settings, campaign_id: UUID | None, watch: bool) -> None:
    """Show how far a campaign is (the newest one, if none is named), counted from the ledger."""
    found, progress = _look(settings, campaign_id)
    click.echo(f"{found.subject}  ({found.public_id})")
    if watch and progress.state not in _OVER:
        progress = _watch(settings, found.public_id, progress)
    click.echo(describe(progress))


def describe(progress: Progress) -> str:
    """The figures in one line, and what keeps it from getting on."""
    counted = ", ".join(f"{state.value} {number:,}" for state, number in progress.by_state.items() if number)
    said = [f"{progress.state.value}: {progress.done:,} of {progress.total:,} done."]
    said += [f"{counted}."] if counted else []
    said += [f"Trouble: {progress.trouble}"] if progress.trouble else []
    return " ".join(said)


def _look_ahead(session: Session, slug: str, *, again: bool) -> Outlook:
    outlook = campaigns.look_ahead(session, statements.by_slug(session, slug))
    if outlook.sent_before is not None and not again:
        moment = campaigns.spell_moment(outlook.sent_before)
        raise Conflict(f"This statement was sent on {moment}. Add --again to send it a second time.")
    return outlook


def _question(outlook: Outlook) -> str:
    if outlook.sent_before is None:
        return f"Send “{outlook.title}” to {_people(outlook)}?"
    moment = campaigns.spell_moment(outlook.sent_before)
    return f"“{outlook.title}” was sent on {moment}. Send it again, to {_people(outlook)}?"


def _people(outlook: Outlook) -> str:
    return f"{outlook.people:,} {'person' if outlook.people == 1 else 'people'}"


def _watch(settings: Settings, campaign_id: UUID, progress: Progress) -> Progress:
    while progress.state not in _OVER:
        progress = _watch_a_stretch(settings, campaign_id, progress)
    return progress


def _watch_a_stretch(settings: Settings, campaign_id: UUID, began: Progress) -> Progress:
    """A bar for as long as state and trouble stay the same; above it stands why it doesn't move."""
    is_paused = began.state is CampaignState.PAUSED
    if began.trouble:
        click.echo(f"{'Paused. ' if is_paused else ''}Trouble: {began.trouble}")
    elif is_paused:
        click.echo("Paused by staff. It goes on when somebody presses “Go on” in the console.")
    now = began
    with click.progressbar(length=100, label="Paused" if is_paused else "Sending", show_pos=True) as bar:
        while (now.state, now.trouble) == (began.state, began.trouble):
            bar.update(now.percent - bar.pos)
            time.sleep(0.5)
            _, now = _look(settings, campaign_id)
        bar.update(now.percent - bar.pos)
    return now


def _look(settings: Settings, campaign_id: UUID | None) -> tuple[Campaign, Progress]:
    with transaction(settings) as session:
        found = campaigns.get(session, campaign_id) if campaign_id else _newest(session)
        return found, campaigns.progress(session, found)


def _newest(session: Session) -> Campaign:
    newest = campaigns.newest(session, limit=1)
    if not newest:
        raise NotFound("There is no campaign yet. Send a published statement: communique campaign send SLUG")
    return newest[0]
