"""Who a campaign is for, as one sentence."""

from collections.abc import Iterable, Sequence
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.lists import format_list
from flask_babel import gettext as _

from app.mail.merge_fields import for_everybody
from app.models import Campaign, Topic
from app.web.installation import installation
from app.web.pages import long_date


def describe(
    topics: Sequence[Topic],
    languages: Sequence[str] = (),
    excluded_topics: Sequence[Topic] = (),
    excluded_campaign: Campaign | None = None,
    repeats: Campaign | None = None,
) -> str:
    """Such as: People who confirmed Statements or Alerts, read French, and did not get “Ramps” of 3 May 2026."""
    clauses = [_("confirmed %(topics)s", topics=either(topic.name for topic in topics))]
    if languages:
        clauses.append(_("read %(languages)s", languages=either(map(english_name, languages))))
    if excluded_topics:
        clauses.append(_("don't follow %(topics)s", topics=either(topic.name for topic in excluded_topics)))
    if excluded_campaign is not None:
        clauses.append(_("did not get %(campaign)s", campaign=named(excluded_campaign)))
    if repeats is not None:
        clauses.append(_("could not be reached by %(campaign)s", campaign=named(repeats)))
    return str(_("People who %(clauses)s", clauses=_listed(clauses, "standard")))


def of_campaign(campaign: Campaign) -> str:
    """The sentence of a campaign as it is saved."""
    return describe(
        campaign.topics, campaign.languages, campaign.excluded_topics, campaign.excluded_campaign, campaign.repeats
    )


def named(campaign: Campaign) -> str:
    """A campaign by its subject and its day."""
    moment = campaign.started_at or campaign.created_at
    zone = ZoneInfo(installation().settings.office_timezone)
    day = long_date(moment.astimezone(zone).date(), "en")
    return str(_("“%(subject)s” of %(day)s", subject=for_everybody(campaign.subject), day=day))


def either(names: Iterable[str]) -> str:
    """One or another: "French, German, or Arabic"."""
    return _listed(list(names), "or")


def english_name(language: str) -> str:
    """A language's English name, or its tag if it is unknown."""
    try:
        return str(Locale.parse(language, sep="-").get_display_name("en") or language)
    except (UnknownLocaleError, ValueError):
        return language


def _listed(words: list[str], style: Literal["standard", "or"]) -> str:
    return format_list(words, style=style, locale="en") if words else ""
