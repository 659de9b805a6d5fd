"""`communique report`: what came back and waits for a person, and what is doubted."""

from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from app.cli.acting import note
from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.clock import utc_now
from app.models import Doubt, DoubtDecision
from app.services import conclusions, mailroom
from app.services.audit import Thing
from app.services.office_time import spell_moment
from app.settings import Settings


@click.group()
def report() -> None:
    """Bounces and complaints that nobody could place, and refusals that nobody believes yet."""


@report.command("list")
@pass_settings
def list_(settings: Settings) -> None:
    """Show the reports that wait for a person, newest first."""
    zone = ZoneInfo(settings.office_timezone)
    with transaction(settings) as session:
        found = mailroom.for_review(session).reports
        for one in found:
            click.echo(f"{one.id}: {spell_moment(one.created_at, zone)}, by {one.source}, {one.octets:,} octets")
            click.echo(f"  {one.note}")
    if found:
        click.echo("Read one: communique report show NUMBER. Done with it: communique report dismiss NUMBER")
    else:
        click.echo("No report waits for anybody.")


@report.command()
@click.argument("number", type=int)
@pass_settings
def show(settings: Settings, number: int) -> None:
    """Show a report as it came. What can't be shown on a terminal is left out."""
    with transaction(settings) as session:
        found = mailroom.find(session, number)
        click.echo(f"{found.note or 'Understood.'}\n")
        text = found.content.decode("utf-8", "replace")
    click.echo("".join(sign for sign in text if sign.isprintable() or sign in "\n\t"))


@report.command()
@click.argument("number", type=int)
@pass_settings
def dismiss(settings: Settings, number: int) -> None:
    """Say that a report was looked at, and nothing follows."""
    with transaction(settings) as session:
        mailroom.dismiss(session, number, now=utc_now())
        note(session, "report.dismiss", Thing("report", str(number), f"report {number}"))
    click.echo("Dismissed.")


@report.command()
@pass_settings
def doubts(settings: Settings) -> None:
    """Show where too many readers of one provider are said not to exist."""
    with transaction(settings) as session:
        found = conclusions.open_doubts(session)
        for doubt in found:
            click.echo(f"{doubt.id}: {doubt.provider}: of {doubt.attempts:,} readers tried, {doubt.refused:,} or more")
    if found:
        click.echo("None of them is suppressed before you say what is true:")
        click.echo("  communique report believe NUMBER   these addresses don't exist: write to them no more")
        click.echo("  communique report forgive NUMBER   it was the provider's mistake: keep them")
    else:
        click.echo("Nothing is in doubt.")


@report.command()
@click.argument("number", type=int)
@pass_settings
def believe(settings: Settings, number: int) -> None:
    """The addresses of a doubt don't exist: write to them no more."""
    with transaction(settings) as session:
        doubt = _decide(session, number, DoubtDecision.BELIEVE)
        click.echo(f"Believed: those of {doubt.provider} who were refused get no more mail.")


@report.command()
@click.argument("number", type=int)
@pass_settings
def forgive(settings: Settings, number: int) -> None:
    """It was the provider's mistake: keep everybody who was refused."""
    with transaction(settings) as session:
        doubt = _decide(session, number, DoubtDecision.FORGIVE)
        click.echo(f"Forgiven: those of {doubt.provider} who were refused stay subscribed.")


def _decide(session: Session, number: int, decision: DoubtDecision) -> Doubt:
    doubt = conclusions.decide(session, number, decision, now=utc_now())
    note(session, f"doubt.{decision}", Thing("provider", doubt.provider[:64], doubt.provider))
    return doubt
