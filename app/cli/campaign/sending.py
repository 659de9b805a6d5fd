"""`communique campaign send`: now, with a while to think better of it, or at a chosen time."""

import re
import signal
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import click
from sqlalchemy.orm import Session

from app.cli.campaign.checking import Checked, acknowledge, checked
from app.cli.campaign.noting import note
from app.cli.campaign.steps import undo_campaign
from app.cli.campaign.words import office_zone, people
from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.clock import utc_now
from app.errors import Conflict
from app.models import Campaign, CampaignState
from app.services import approval, campaigns, follow_up, instance, outlook, site, statements
from app.services.editions import Press
from app.services.office_time import parse_moment, spell_moment
from app.services.outlook import Outlook
from app.services.preflight import Outside
from app.services.schedule import schedule
from app.settings import Settings

_LOOK_EVERY = 1.0
_WATCH = "Watch it: communique campaign status --watch"


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asks for: which statement, when, whether for another time, and in spite of which warnings."""

    slug: str
    at: datetime | None
    again: bool
    accepted: tuple[str, ...]


@click.command()
@click.argument("slug")
@click.option("--at", "wanted", help="Send it then, by the office's clock, such as “2026-12-01 09:00”.")
@click.option("--again", is_flag=True, help="Send it although it was sent before.")
@click.option("--accept", "accepted", multiple=True, metavar="NAME", help="Send it in spite of this warning.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--no-wait", is_flag=True, help="Don't wait while it can be undone.")
@pass_settings
def send(
    settings: Settings,
    slug: str,
    *,
    wanted: str | None,
    again: bool,
    accepted: tuple[str, ...],
    yes: bool,
    no_wait: bool,
) -> None:
    """Send the published statement called SLUG to everybody who confirmed one of its topics.

    A campaign that was begun in the console, or taken back, keeps its own words and audience. The checks of the console
    are made: what stops the mail is refused, and each warning has to be accepted by its name.
    """
    at = parse_moment(wanted, office_zone(settings), now=utc_now()) if wanted is not None else None
    agreed, begun = _agree(settings, Order(slug, at, again, accepted), yes=yes)
    if at is not None:
        moment = spell_moment(at, office_zone(settings))
        click.echo(f"Scheduled: {people(agreed.people)} as of now, on {moment}. Take it back: communique campaign undo")
        return
    if not no_wait and campaigns.undo_left(begun, utc_now()):
        _wait(settings, agreed, begun)
    click.echo(f"Sending to {people(agreed.people)}. {_WATCH}")


def _agree(settings: Settings, order: Order, *, yes: bool) -> tuple[Outlook, Campaign]:
    """Ask until what is agreed to is what would be sent, then start or schedule it."""
    outside = Outside.real().answered(settings)
    agreed = None
    while True:
        with transaction(settings) as session:
            found, now = _look_ahead(session, settings, order, outside)
            if yes or (agreed is not None and agreed.still_holds(now)):
                _begin(session, settings, order, found)
                return now, found.campaign
            typed_above = site.get(session, settings).confirm_above
            session.rollback()
        if agreed is not None:
            click.echo("Something has changed meanwhile. Nothing was sent yet.")
        _ask(_question(settings, now, order.at), now.people, typed_above)
        agreed = now


def _begin(session: Session, settings: Settings, order: Order, found: Checked) -> None:
    """Approve it on the word of whoever runs the command, where that is enough, and send or schedule it."""
    press, now, campaign = Press.from_settings(settings), utc_now(), found.campaign
    approval.waive(session, press, campaign, now=now)
    if order.at is None:
        campaigns.send(session, press, campaign, now=now, again=order.again)
        acknowledge(session, found, now=now)
        note(session, "campaign.send", campaign)
    else:
        schedule(session, press, campaign, at=order.at, again=order.again)
        acknowledge(session, found, now=now)
        note(session, "campaign.schedule", campaign, at=order.at.isoformat())


def _look_ahead(session: Session, settings: Settings, order: Order, outside: Outside) -> tuple[Checked, Outlook]:
    """What would be sent, if nothing stands against it; the campaign for it is begun, and kept if the caller commits.

    Raises Conflict, or Invalid where nobody would get it.
    """
    if refusal := instance.may_send(session, settings):
        raise Conflict(refusal)
    zone = office_zone(settings)
    statement = statements.by_slug(session, order.slug)
    campaign = follow_up.take_up(session, statement, None, again=True)
    seen = outlook.look_ahead(session, statement, zone)
    if seen.sent_before is not None and not order.again:
        moment = spell_moment(seen.sent_before, zone)
        raise Conflict(f"This statement was sent on {moment}. Add --again to send it a second time.")
    found = checked(session, settings, campaign, outside)
    found.demand(order.accepted)
    return found, seen


def _ask(question: str, number: int, typed_above: int) -> None:
    """A yes is enough for a few people; many are not written to by a slip of the hand: their number has to be typed."""
    if number <= typed_above:
        click.confirm(question, abort=True)
    elif re.sub(r"[\s.,'’]", "", click.prompt(f"{question} Type the number of people to confirm")) != str(number):
        raise Conflict("That is another number. Nothing was sent.")


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
