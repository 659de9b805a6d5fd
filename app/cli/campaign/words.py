"""A campaign in sentences for the terminal."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.models import Campaign, CampaignState
from app.services import campaigns, holds, instance, site, unknowns
from app.services.campaigns import Progress
from app.services.office_time import spell_moment
from app.settings import Settings


def office_zone(settings: Settings) -> ZoneInfo:
    """The time zone in which staff think."""
    return ZoneInfo(settings.office_timezone)


def people(number: int) -> str:
    """So many people."""
    return f"{number:,} {'person' if number == 1 else 'people'}"


def describe(progress: Progress) -> str:
    """The figures in one line, and what keeps it from getting on."""
    counted = ", ".join(f"{state.value} {number:,}" for state, number in progress.by_state.items() if number)
    said = [f"{progress.state.value}: {progress.done:,} of {progress.total:,} done."]
    said += [f"{counted}."] if counted else []
    said += [f"Trouble: {progress.trouble}"] if progress.trouble else []
    return " ".join(said)


def notes(session: Session, settings: Settings, campaign: Campaign, *, now: datetime) -> list[str]:
    """What else staff should know about a campaign, a sentence to a line."""
    said = []
    if refusal := instance.may_send(session, settings):
        said.append(refusal)
    if campaign.state is CampaignState.SCHEDULED and campaign.scheduled_for is not None:
        said.append(f"It will be sent on {spell_moment(campaign.scheduled_for, office_zone(settings))}.")
    if seconds := campaigns.undo_left(campaign, now):
        said.append(f"No mail leaves for another {seconds} s. To take it back: communique campaign undo")
    if campaign.state in {CampaignState.SENDING, CampaignState.PAUSED}:
        said += [f"Held: {held.provider}. {held.why}" for held in holds.held(session, campaign.id)]
    found = unknowns.look(session, site.applied(session, settings), campaign)
    if unsure := unknowns.describe(found, office_zone(settings), now=now):
        said.append(f"{unsure}.")
    return said
