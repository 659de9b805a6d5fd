"""Mails to staff: an invitation, a link to a new password, and news that can't wait until they look at the console.

They are finished when they are written and have no slots.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.mail.branding import Branding
from app.mail.language import one_line
from app.mail.templates import WORDING, Rendered, render

LONGEST_SUBJECT = 150


@dataclass(frozen=True, slots=True)
class Alert:
    """News for staff: what happened, and a page of the console on which to do something about it.

    The subject is the heading unless there is another.
    """

    heading: str
    paragraphs: Sequence[str]
    link_url: str
    link_words: str
    subject: str = ""


def render_invitation(branding: Branding, *, name: str, invited_by: str, link_url: str, minutes: int) -> Rendered:
    """Invite somebody to the console; `link_url` is where they choose a password within `minutes`."""
    values = {
        "branding": branding,
        "name": one_line(name),
        "invited_by": one_line(invited_by),
        "link_url": link_url,
        "minutes": minutes,
    }
    return render("staff_invitation", WORDING, values)


def render_reset(branding: Branding, *, name: str, link_url: str, minutes: int) -> Rendered:
    """Lead somebody who forgot their password to a page where they choose another, within `minutes`."""
    values = {"branding": branding, "name": one_line(name), "link_url": link_url, "minutes": minutes}
    return render("staff_reset", WORDING, values)


def render_alert(branding: Branding, *, name: str, alert: Alert) -> Rendered:
    """Tell somebody what happened."""
    values = {
        "branding": branding,
        "name": one_line(name),
        "about": _cut(one_line(alert.subject or alert.heading), LONGEST_SUBJECT),
        "heading": one_line(alert.heading),
        "paragraphs": [words for words in map(one_line, alert.paragraphs) if words],
        "link_url": alert.link_url,
        "link_words": one_line(alert.link_words),
    }
    return render("staff_alert", WORDING, values)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
