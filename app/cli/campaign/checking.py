"""`communique campaign check`, and the same checks before `send`: what the console's fourth step shows."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import click
from sqlalchemy.orm import Session

from app.cli.campaign.noting import note
from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.clock import utc_now
from app.errors import Conflict, Invalid
from app.models import Campaign
from app.services import approval, follow_up, preflight, statements
from app.services.editions import Press
from app.services.preflight import Acknowledged, Group, Outside, Preflight
from app.settings import Settings

_MARKS = {"error": "STOP", "warning": "warn", "note": "note"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A campaign, what the checks say of it, and who has acknowledged which warning."""

    campaign: Campaign
    look: Preflight
    held: Mapping[str, Acknowledged]

    @property
    def unread(self) -> list[Group]:
        """The warnings that nobody has acknowledged."""
        return [group for group in self.look.groups if group.level == "warning" and group.check not in self.held]

    def demand(self, accepted: Collection[str]) -> None:
        """Raise Conflict, with how to mend it, for what stops the mail and for warnings that aren't accepted either."""
        stopping = [group for group in self.look.groups if group.level == "error"]
        unread = [group for group in self.unread if group.check not in accepted]
        lines = [line for group in [*stopping, *unread] for line in _told(group)]
        if stopping:
            raise Conflict("\n".join([*lines, "Nothing was sent. Mend what is marked STOP, then send it again."]))
        if unread:
            said = f"Nothing was sent. Mend this; or, to send it in spite of what you have read, add {_options(unread)}"
            raise Conflict("\n".join([*lines, said]))


@click.command()
@click.argument("slug")
@pass_settings
def check(settings: Settings, slug: str) -> None:
    """Look for mistakes in the mail of the statement called SLUG. Sends and keeps nothing.

    The exit code is 1 if anything stops the mail.
    """
    outside = Outside.real().answered(settings)
    with transaction(settings) as session:
        campaign = follow_up.take_up(session, statements.by_slug(session, slug), None, again=True)
        if campaign.state not in approval.BEFORE_SENDING:
            raise Conflict(f"This campaign is {campaign.state.value}; what is on its way isn't checked any more.")
        found = checked(session, settings, campaign, outside)
        session.rollback()
    for group in found.look.groups:
        click.echo("\n".join(_told(group, found.held.get(group.check))))
    if found.look.stops:
        click.echo("This mail can't be sent. Mend what is marked STOP.")
        click.get_current_context().exit(1)
    click.echo("Nothing stops this mail.")
    if found.unread:
        click.echo(f"To send it in spite of the warnings, add {_options(found.unread)}")


def checked(session: Session, settings: Settings, campaign: Campaign, outside: Outside) -> Checked:
    """A campaign before it is sent, with all its checks."""
    press = Press.from_settings(settings)
    try:
        content = approval.content_hash(session, press, campaign)
    except Invalid:
        content = b""
    look = preflight.look(session, press, campaign, now=utc_now(), content_hash=content, outside=outside)
    return Checked(campaign, look, preflight.acknowledgements(session, campaign, look))


def acknowledge(session: Session, found: Checked, *, now: datetime) -> None:
    """Keep that whoever runs the command sends in spite of the warnings that they were told of and have accepted."""
    for group in found.unread:
        preflight.acknowledge(session, found.campaign, found.look, group.check, member=None, now=now)
        note(session, "campaign.acknowledge", found.campaign, check=group.check)


def _options(unread: Iterable[Group]) -> str:
    return " ".join(f"--accept {group.check}" for group in unread)


def _told(group: Group, held: Acknowledged | None = None) -> Iterator[str]:
    name = f" ({group.check})" if group.level == "warning" else ""
    read = ", acknowledged" if held is not None and group.level == "warning" else ""
    yield f"{_MARKS[group.level]}  {group.title}{name}{read}"
    for finding in group.findings:
        yield f"        {finding.language + ': ' if finding.language else ''}{finding.words}"
    yield from (f"        {mend}" for mend in group.mends)
