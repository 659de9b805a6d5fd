"""The states in words that staff understand. "Sent" means that the next mail server took it; no more is known."""

from flask import Flask
from flask_babel import gettext as _
from flask_babel import ngettext

from app.models import Campaign, CampaignState, DeliveryState, Statement, StatementState
from app.services.campaigns import Progress


def campaign_words(state: CampaignState) -> tuple[str, str]:
    """A campaign's state, and the colour of its tag."""
    return {
        CampaignState.DRAFT: (_("Not started"), ""),
        CampaignState.IN_REVIEW: (_("In review"), "accent"),
        CampaignState.APPROVED: (_("Approved"), "success"),
        CampaignState.SCHEDULED: (_("Scheduled"), "accent"),
        CampaignState.SENDING: (_("Sending"), "accent"),
        CampaignState.PAUSED: (_("Paused"), "warning"),
        CampaignState.SENT: (_("Finished"), "success"),
        CampaignState.CANCELLED: (_("Cancelled"), "warning"),
    }[state]


def statement_words(state: StatementState) -> tuple[str, str]:
    """A statement's state, and the colour of its tag."""
    return {
        StatementState.DRAFT: (_("Draft"), ""),
        StatementState.PUBLISHED: (_("Published"), "success"),
        StatementState.WITHDRAWN: (_("Withdrawn"), "warning"),
    }[state]


def delivery_words(state: DeliveryState) -> tuple[str, str]:
    """What became of a message, and what that means."""
    return {
        DeliveryState.QUEUED: (_("Waiting"), _("Its turn comes.")),
        DeliveryState.SENDING: (_("Being handed over"), _("A worker is talking to the mail server.")),
        DeliveryState.SENT: (_("Sent"), _("The next mail server accepted it.")),
        DeliveryState.DEFERRED: (_("To be tried again"), _("The mail server asked us to come back later.")),
        DeliveryState.UNKNOWN: (
            _("Not known"),
            _("The line broke before the mail server answered. It may have arrived, or not."),
        ),
        DeliveryState.BOUNCED: (_("Returned"), _("It was accepted, and came back later.")),
        DeliveryState.FAILED: (_("Refused"), _("The mail server did not accept it.")),
        DeliveryState.COMPLAINED: (_("Complained"), _("The reader marked it as unwanted.")),
        DeliveryState.SKIPPED: (
            _("Left out"),
            _("The reader left before their turn came, or the campaign was cancelled."),
        ),
    }[state]


def done_words(progress: Progress) -> str:
    """How far a campaign is, as one sentence."""
    if not progress.total:
        words = {
            CampaignState.SENT: _("Nobody was left to send to."),
            CampaignState.CANCELLED: _("Nobody got this mail."),
            CampaignState.PAUSED: _("Nobody has got it yet."),
            CampaignState.SCHEDULED: _("Nobody has got it yet. The list of people is drawn up when it starts."),
        }
        return str(words.get(progress.state, _("The list of people is being drawn up.")))
    return str(_("%(done)s of %(total)s done", done=f"{progress.done:,}", total=f"{progress.total:,}"))


def people(number: int) -> str:
    """So many people."""
    return str(ngettext("%(count)s person", "%(count)s people", number, count=f"{number:,}"))


def state_of(thing: Campaign | Statement) -> tuple[str, str]:
    """The words of whatever has a state."""
    return campaign_words(thing.state) if isinstance(thing, Campaign) else statement_words(thing.state)


def install(app: Flask) -> None:
    """Let the console's templates say them."""
    app.jinja_env.filters.update(state_words=state_of, people=people, delivery_words=delivery_words)
    app.jinja_env.filters.update(thousands=lambda number: f"{number:,}")
