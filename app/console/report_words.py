"""The report in words: kinds of answer, pace, and what was done to a campaign by whom."""

from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from app.models import ReplyClass
from app.services.reports import Pace


def class_words(reply_class: str) -> tuple[str, str]:
    """A kind of answer, and what it means; empty for what was not classified."""
    if not reply_class:
        return str(_("Not classified")), str(_("No answer that could be read."))
    return {
        ReplyClass.HARD: (_("No such address"), _("The address does not exist.")),
        ReplyClass.INACTIVE: (_("Closed mailbox"), _("The mailbox is closed or nobody looks at it any more.")),
        ReplyClass.QUOTA: (_("Mailbox full"), _("There is no room for more mail.")),
        ReplyClass.SOFT: (_("Passing trouble"), _("Something that may pass; it says nothing about the address.")),
        ReplyClass.BLOCKED: (_("Provider refuses us"), _("The provider doesn't want mail from our server now.")),
        ReplyClass.CONTENT: (_("Message refused"), _("The provider didn't want this message, whoever gets it.")),
        ReplyClass.PROTOCOL: (_("Protocol error"), _("Our server was told that it spoke wrongly.")),
        ReplyClass.RELAY: (_("Our relay"), _("Our own relay didn't serve us: login, permission or quota.")),
    }[ReplyClass(reply_class)]


def pace_words(pace: Pace) -> str:
    """How fast it goes and how long it will take; empty while nothing goes."""
    if not pace.per_minute:
        return ""
    rate = _("%(number)s messages a minute", number=f"{pace.per_minute:,}")
    if pace.seconds_left is None:
        return str(rate)
    return f"{rate}, {_('%(time)s left', time=duration_words(pace.seconds_left))}"


def duration_words(seconds: int) -> str:
    """A length of time, roughly."""
    if seconds < 60:
        return str(_("less than a minute"))
    minutes = round(seconds / 60)
    if minutes < 90:
        return str(ngettext("about %(num)s minute", "about %(num)s minutes", minutes))
    return str(ngettext("about %(num)s hour", "about %(num)s hours", round(minutes / 60)))


def step_words(step: timedelta) -> str:
    """What one bar of the chart stands for."""
    minutes = round(step.total_seconds() / 60)
    if minutes < 60:
        return str(ngettext("in each minute", "in every %(num)s minutes", minutes))
    hours = minutes // 60
    if hours < 24:
        return str(ngettext("in each hour", "in every %(num)s hours", hours))
    return str(ngettext("on each day", "in every %(num)s days", hours // 24))


def chart_title(step: timedelta) -> str:
    """What the chart over time shows."""
    return str(_("Messages accepted %(step)s", step=step_words(step)))
