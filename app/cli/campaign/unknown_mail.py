"""`communique campaign unknown`: mail of which nobody knows whether it arrived, and what to do about it."""

from typing import Literal
from uuid import UUID

import click
from sqlalchemy.orm import Session

from app.cli.campaign.choosing import named_or_newest
from app.cli.campaign.words import office_zone
from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.clock import utc_now
from app.models import Campaign
from app.services import site, unknowns
from app.services.office_time import spell_moment
from app.settings import Settings


@click.command()
@click.argument("campaign_id", metavar="[CAMPAIGN]", type=click.UUID, required=False)
@click.option("--resend", "wish", flag_value="resend", help="Send them once more now.")
@click.option("--hold", "wish", flag_value="hold", help="Never send them again.")
@click.option("--list", "is_list", is_flag=True, help="Show whose mail it is.")
@pass_settings
def unknown(
    settings: Settings, campaign_id: UUID | None, wish: Literal["resend", "hold"] | None, is_list: bool
) -> None:
    """Show the mail of a campaign (the newest one, if none is named) of which nobody knows whether it arrived.

    The connection or the process died between the last octet and the mail server's answer. Each is sent at most once
    more, with the same octets.
    """
    with transaction(settings) as session:
        found = named_or_newest(session, campaign_id)
        click.echo(f"{found.subject}  ({found.public_id})")
        if wish == "hold":
            unknowns.hold(session, found)
        if wish == "resend":
            click.echo(f"Put back, to be sent once more: {unknowns.resend(session, found, now=utc_now()):,}.")
        for line in _report(session, settings, found, is_list=is_list):
            click.echo(line)


def _report(session: Session, settings: Settings, campaign: Campaign, *, is_list: bool) -> list[str]:
    zone, chosen = office_zone(settings), site.applied(session, settings)
    seen = unknowns.look(session, chosen, campaign)
    said = unknowns.describe(seen, zone, now=utc_now())
    lines = [f"{said}." if said else "Nothing is unknown."]
    if seen.since is not None:
        lines.append(f"The first of them since {spell_moment(seen.since, zone)}.")
    own = " (decided for this campaign)" if campaign.unknown_policy else " (the setting)"
    lines.append(f"Policy: {unknowns.policy_of(chosen, campaign).value}{own}.")
    if is_list:
        for address, since, resent_at in unknowns.addresses(session, campaign):
            words = f"since {spell_moment(since, zone)}" if since else ""
            again = f", sent once more on {spell_moment(resent_at, zone)}" if resent_at else ""
            lines.append(f"  {address}  {words}{again}")
    return lines
