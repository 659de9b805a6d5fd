"""Mails that the service sends by itself to one person: they ask or tell one thing and advertise nothing.

A German court sees a confirmation with any advertising in it as unasked-for advertising (OLG Celle, 13 U 15/14), so
these hold only the links that they need.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from app.mail.branding import Branding
from app.mail.language import one_line
from app.mail.templates import Rendered, render, wording_for
from app.tokens import Purpose


def render_confirmation(
    branding: Branding,
    *,
    confirm_url: str,
    refuse_url: str,
    home_url: str,
    requested_at: datetime,
    page_url: str,
    topics: Sequence[str],
    language: str,
) -> Rendered:
    """Ask whether the owner of an address wants our mails: what was asked, where and when (double opt-in).

    `page_url` is where the form was filled in, empty where staff wrote it down for them; `requested_at` is when. The
    mail is complete, it has no slots.
    """
    spoken = wording_for(language)
    moment = requested_at.astimezone(UTC)
    values = {
        "branding": branding,
        "confirm_url": confirm_url,
        "refuse_url": refuse_url,
        "home_url": home_url,
        "page_url": one_line(page_url),
        "topics": list(filter(None, map(one_line, topics))),
        "requested_date": spoken.spell_date(moment.date()),
        "requested_time": f"{moment:%H:%M}",
        "days": _days(Purpose.CONFIRM),
    }
    return render("confirm", spoken, values)


def render_already_subscribed(branding: Branding, *, preferences_url: str, home_url: str, language: str) -> Rendered:
    """Tell a subscriber who signed up again that all is well, so that the form can give everybody the same answer."""
    values = {"branding": branding, "preferences_url": preferences_url, "home_url": home_url}
    return render("already_subscribed", wording_for(language), values)


def render_preferences_link(branding: Branding, *, preferences_url: str, home_url: str, language: str) -> Rendered:
    """Bring somebody the link to their own page that they, or somebody who typed their address, asked for."""
    values = {
        "branding": branding,
        "preferences_url": preferences_url,
        "home_url": home_url,
        "days": _days(Purpose.PREFERENCES),
    }
    return render("preferences_link", wording_for(language), values)


def render_address_change(
    branding: Branding, *, move_url: str, refuse_url: str, home_url: str, topics: Sequence[str], language: str
) -> Rendered:
    """Ask at a new address whether it takes over. The old one isn't named: this may reach somebody else's mailbox."""
    values = {
        "branding": branding,
        "move_url": move_url,
        "refuse_url": refuse_url,
        "home_url": home_url,
        "topics": list(filter(None, map(one_line, topics))),
        "days": _days(Purpose.MOVE),
    }
    return render("address_change", wording_for(language), values)


def render_address_changed(
    branding: Branding, *, new_address: str, preferences_url: str, home_url: str, language: str
) -> Rendered:
    """Tell the old address that another one has taken over, and how to come back; `new_address` is masked."""
    values = {
        "branding": branding,
        "new_address": one_line(new_address),
        "preferences_url": preferences_url,
        "home_url": home_url,
    }
    return render("address_changed", wording_for(language), values)


def _days(purpose: Purpose) -> int:
    age = purpose.value.max_age
    return age.days if age else 0
