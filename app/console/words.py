"""States and answers in words that staff understand. "Sent" means that the next mail server took it, and no more."""

from flask import Flask
from flask_babel import gettext as _
from flask_babel import ngettext

from app.models import Campaign, CampaignState, DeliveryState, ReplyClass, Statement, StatementState
from app.services.campaigns import Progress

_NEVER_LEFT = (DeliveryState.SKIPPED, DeliveryState.QUEUED, DeliveryState.DEFERRED)


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


def reply_words(kind: str | None) -> tuple[str, str]:
    """What a mail server's answer means, in short and at length; also of one that was not classified."""
    if not kind:
        return str(_("Not classified")), str(_("No answer that could be read."))
    return {
        ReplyClass.HARD: (_("No such mailbox"), _("The address does not exist.")),
        ReplyClass.INACTIVE: (_("Mailbox closed"), _("The mailbox is closed or nobody looks at it any more.")),
        ReplyClass.QUOTA: (_("Mailbox full"), _("There is no room for more mail.")),
        ReplyClass.SOFT: (_("Passing trouble"), _("Something that may pass; it says nothing about the address.")),
        ReplyClass.BLOCKED: (_("Provider refuses us"), _("The provider doesn't want mail from our server now.")),
        ReplyClass.CONTENT: (_("Message refused"), _("The provider didn't want this message, whoever gets it.")),
        ReplyClass.PROTOCOL: (_("Protocol error"), _("Our server was told that it spoke wrongly.")),
        ReplyClass.RELAY: (_("Our relay"), _("Our own relay didn't serve us: login, permission or quota.")),
    }[ReplyClass(kind)]


def done_words(progress: Progress) -> str:
    """How far a campaign is, as one sentence; of a cancelled one, how far it came."""
    is_cancelled = progress.state is CampaignState.CANCELLED
    if is_cancelled and progress.total == sum(progress.by_state[state] for state in _NEVER_LEFT):
        return str(_("Nobody got this mail."))
    if not progress.total:
        words = {
            CampaignState.SENT: _("Nobody was left to send to."),
            CampaignState.SENDING: _("The list of people is being drawn up."),
            CampaignState.SCHEDULED: _("Nobody has got it yet. The list of people is drawn up when it starts."),
        }
        return str(words.get(progress.state, _("Nobody has got it yet.")))
    total = f"{progress.total:,}"
    if is_cancelled:
        sent = f"{progress.by_state[DeliveryState.SENT]:,}"
        return str(_("Cancelled when %(sent)s of %(total)s were sent", sent=sent, total=total))
    return str(_("%(done)s of %(total)s done", done=f"{progress.done:,}", total=total))


def people(number: int) -> str:
    """So many people."""
    return str(ngettext("%(count)s person", "%(count)s people", number, count=f"{number:,}"))


def state_of(thing: Campaign | Statement) -> tuple[str, str]:
    """The words of whatever has a state."""
    return campaign_words(thing.state) if isinstance(thing, Campaign) else statement_words(thing.state)


def install(app: Flask) -> None:
    """Let the console's templates say them."""
    app.jinja_env.filters.update(
        state_words=state_of,
        people=people,
        delivery_words=delivery_words,
        reply_words=reply_words,
        done_words=done_words,
        thousands=lambda number: f"{number:,}",
    )
