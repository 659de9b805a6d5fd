"""`communique campaign send`: now, with a while to think better of it, or at a chosen time."""

import signal
import time
from datetime import datetime
from uuid import UUID

import click
from sqlalchemy.orm import Session

from app.cli.campaign.noting import note
from app.cli.campaign.steps import undo_campaign
from app.cli.campaign.words import office_zone, people
from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.clock import utc_now
from app.errors import Conflict
from app.models import Campaign, CampaignState
from app.services import approval, campaigns, instance, outlook, statements
from app.services.editions import Press
from app.services.office_time import parse_moment, spell_moment
from app.services.outlook import Outlook
from app.services.schedule import schedule
from app.settings import Settings

_LOOK_EVERY = 1.0
_WATCH = "Watch it: communique campaign status --watch"


@click.command()
@click.argument("slug")
@click.option("--at", "wanted", help="Send it then, by the office's clock, such as “2026-12-01 09:00”.")
@click.option("--again", is_flag=True, help="Send it although it was sent before.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--no-wait", is_flag=True, help="Don't wait while it can be undone.")
@pass_settings
def send(settings: Settings, slug: str, *, wanted: str | None, again: bool, yes: bool, no_wait: bool) -> None:
    """Send the published statement called SLUG to everybody who confirmed one of its topics."""
    at = parse_moment(wanted, office_zone(settings), now=utc_now()) if wanted is not None else None
    agreed, begun = _agree(settings, slug, at, again=again, yes=yes)
    if at is not None:
        moment = spell_moment(at, office_zone(settings))
        click.echo(f"Scheduled: {people(agreed.people)} as of now, on {moment}. Take it back: communique campaign undo")
        return
    if not no_wait and campaigns.undo_left(begun, utc_now()):
        _wait(settings, agreed, begun)
    click.echo(f"Sending to {people(agreed.people)}. {_WATCH}")


def _agree(settings: Settings, slug: str, at: datetime | None, *, again: bool, yes: bool) -> tuple[Outlook, Campaign]:
    """Ask until what is agreed to is what would be sent, then start or schedule it."""
    with transaction(settings) as session:
        agreed = _look_ahead(session, settings, slug, again=again)
    while True:
        if not yes:
            click.confirm(_question(settings, agreed, at), abort=True)
        with transaction(settings) as session:
            now = _look_ahead(session, settings, slug, again=again)
            if yes or agreed.still_holds(now):
                return now, _begin(session, settings, slug, at, again=again)
        click.echo("Something has changed meanwhile. Nothing was sent yet.")
        agreed = now


def _begin(session: Session, settings: Settings, slug: str, at: datetime | None, *, again: bool) -> Campaign:
    """Approve it on the word of whoever runs the command, where that is enough, and send or schedule it."""
    press, now = Press.from_settings(settings), utc_now()
    prepared = campaigns.prepare(session, statements.by_slug(session, slug), None, again=again)
    approval.waive(session, press, prepared, now=now)
    if at is None:
        campaigns.send(session, press, prepared, now=now, again=again)
        note(session, "campaign.send", prepared)
    else:
        schedule(session, press, prepared, at=at, again=again)
        note(session, "campaign.schedule", prepared, at=at.isoformat())
    return prepared


def _look_ahead(session: Session, settings: Settings, slug: str, *, again: bool) -> Outlook:
    if refusal := instance.may_send(session, settings):
        raise Conflict(refusal)
    zone = office_zone(settings)
    found = outlook.look_ahead(session, statements.by_slug(session, slug), zone)
    if found.sent_before is not None and not again:
        moment = spell_moment(found.sent_before, zone)
        raise Conflict(f"This statement was sent on {moment}. Add --again to send it a second time.")
    return found


def _question(settings: Settings, agreed: Outlook, at: datetime | None) -> str:
    zone = office_zone(settings)
    when = f" on {spell_moment(at, zone)}" if at is not None else ""
    if agreed.sent_before is None:
        return f"Send “{agreed.title}” to {people(agreed.people)}{when}?"
    moment = spell_moment(agreed.sent_before, zone)
    return f"“{agreed.title}” was sent on {moment}. Send it again, to {people(agreed.people)}{when}?"


def _wait(settings: Settings, agreed: Outlook, begun: Campaign) -> None:
    """Let the time to undo go by; Ctrl-C takes everything back."""
    click.echo(f"Sending to {people(agreed.people)} begins in {campaigns.undo_left(begun, utc_now())} s.", nl=False)
    click.echo(" Press Ctrl-C to undo.")
    try:
        while _is_waiting(settings, begun.public_id):
            time.sleep(_LOOK_EVERY)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not take back the taking back
        click.echo()
        click.echo(undo_campaign(settings, begun.public_id))
        raise click.exceptions.Exit(1) from None


def _is_waiting(settings: Settings, public_id: UUID) -> bool:
    """Whether it can still be undone; raises Conflict if somebody else has done so or paused it meanwhile."""
    with transaction(settings) as session:
        found = campaigns.get(session, public_id)
    if found.state in {CampaignState.CANCELLED, CampaignState.PAUSED}:
        raise Conflict(f"Somebody else has {'taken it back' if found.started_at is None else 'stopped it'} meanwhile.")
    return campaigns.undo_left(found, utc_now()) > 0
