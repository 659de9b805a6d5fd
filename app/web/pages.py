"""What templates may use on every page."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from flask import Flask
from flask_wtf import CSRFProtect

from app.mail.language import Language
from app.mail.markdown import to_html
from app.mail.merge_fields import for_everybody
from app.settings import Settings

csrf = CSRFProtect()


def install(app: Flask, settings: Settings) -> None:
    """Set up CSRF tokens for those who are signed in, filters, and the words about the organisation."""
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
    csrf.init_app(app)
    zone = ZoneInfo(settings.office_timezone)
    app.jinja_env.filters.update(
        markdown=_as_page,
        for_everybody=for_everybody,
        long_date=long_date,
        moment=lambda at, language="en": moment(at, language, zone),
        office_day=lambda at, language="en": long_date(at.astimezone(zone).date(), language),
        direction=direction,
        language_name=language_name,
    )
    app.context_processor(lambda: _shared(settings))


def _as_page(text: str) -> str:
    """A statement's body for a page, where a wide table scrolls by itself and so takes the focus (WCAG 2.1.1)."""
    return to_html(text).replace("<table", '<table tabindex="0"')


def long_date(day: date, language: str) -> str:
    """A date in words, as readers of that language write it."""
    return str(format_date(day, "long", locale=_locale(language)))


def moment(at: datetime, language: str, zone: ZoneInfo) -> str:
    """Date and time of day in the office's time zone."""
    return str(format_datetime(at.astimezone(zone), "medium", locale=_locale(language)))


def direction(language: str) -> str:
    """How text in a language runs: `ltr` or `rtl`."""
    return Language.of(language).direction


def language_name(language: str) -> str:
    """A language's own name for itself; its tag, where we don't know the name."""
    locale = _known(language)
    name = str(locale.get_display_name() or "") if locale else ""
    return name[:1].upper() + name[1:] or language


def _locale(language: str) -> Locale:
    return _known(language) or Locale("en")


def _known(language: str) -> Locale | None:
    """Staff may write in any language that has a tag; not all are in the tables of Babel."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def _shared(settings: Settings) -> dict[str, Any]:
    return {"site": settings}
