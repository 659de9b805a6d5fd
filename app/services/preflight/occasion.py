"""The statement itself: on the web, and of today."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from app.models import StatementState
from app.services.preflight.findings import Finding
from app.services.preflight.reading import Reading
from app.services.preflight.situation import Situation
from app.services.preflight.spoken_language import language_name

_STALE = timedelta(days=14)


def check_published(situation: Situation) -> Iterator[Finding]:
    """The mail links to the statement's page, so there has to be one."""
    state = situation.campaign.statement.state
    if state is StatementState.DRAFT:
        words = "The statement isn't published; readers would follow the link in the mail to no page."
        yield Finding("published", "error", "The statement's page", words, "Publish it first.")
    elif state is StatementState.WITHDRAWN:
        words = "The statement was withdrawn; what is withdrawn isn't sent."
        yield Finding("published", "error", "The statement's page", words, "Publish it again, or cancel this campaign.")


def check_date(situation: Situation) -> Iterator[Finding]:
    """A date far from today is often that of the statement from which this one was copied."""
    today = situation.now.astimezone(ZoneInfo(situation.press.settings.office_timezone)).date()
    issued = situation.campaign.statement.issued_on
    if abs(today - issued) > _STALE:
        words = f"The statement is dated {format_date(issued, 'long', locale='en')}."
        yield Finding("date", "note", "Date", words, "Make sure that this is meant.", "issued_on")


def check_intro(situation: Situation) -> Iterator[Finding]:
    """The introduction has one language only, whatever the mail below it has."""
    campaign, others = situation.campaign, [reading for reading in situation.readings if not reading.text.is_original]
    if campaign.intro and others:
        own = language_name(campaign.statement.language)
        names = ", ".join(language_name(reading.text.language) for reading in others)
        words = f"The introduction is in {own}, also in the mail in {names}."
        mend = "If it matters to all, put it into the statement and its translations; else leave it out."
        yield Finding("intro", "note", "Introduction", words, mend, "intro")


def check_text(reading: Reading) -> Iterator[Finding]:
    """A version without a text would be a mail with a title and nothing to read."""
    if not reading.text.body.strip():
        words = "There is no text."
        yield Finding("no-text", "error", "Text", words, "Write it, or remove this version.", "body", reading.label)
