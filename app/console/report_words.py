"""The report in words: how fast it goes, how long it takes, what a bar of its chart stands for."""

from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from app.services.reports import Pace


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
