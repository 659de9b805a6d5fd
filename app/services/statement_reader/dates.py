"""Dates of issue as people write them in English, French, German and Spanish, and ISO 8601."""

import re
from datetime import date

from babel.dates import get_day_names, get_month_names

_LOCALES = ("en", "fr", "de", "de_AT", "es")


def _bare(name: str) -> str:
    return name.casefold().rstrip(".")


MONTHS = {
    _bare(name): number
    for locale in _LOCALES
    for width in ("wide", "abbreviated")
    for number, name in get_month_names(width, locale=locale).items()
} | {"aout": 8, "fevrier": 2, "decembre": 12, "maerz": 3, "set": 9, "setiembre": 9, "sep": 9, "sept": 9}
_DAYS = {
    _bare(name)
    for locale in _LOCALES
    for width in ("wide", "abbreviated")
    for name in get_day_names(width, locale=locale).values()
}


def _any_of(words: set[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_MONTH = rf"(?P<month>{_any_of(set(MONTHS))})\b\.?"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|er|re|[º°.])?"
_YEAR = r"(?P<year>(?:19|20)[0-9]{2})\b"
_PATTERNS = (
    r"(?P<year>(?:19|20)[0-9]{2})-(?P<number>[0-9]{2})-(?P<day>[0-9]{2})",
    rf"{_DAY}\s{{0,3}}(?:of\s|de\s)?\s{{0,3}}{_MONTH},?\s{{0,3}}(?:del?\s)?\s{{0,3}}{_YEAR}",
    rf"{_MONTH}\s{{0,3}}{_DAY},?\s{{1,3}}{_YEAR}",
    rf"(?P<day>[0-9]{{1,2}})\.\s?(?P<number>[0-9]{{1,2}})\.\s?{_YEAR}",
    rf"(?P<one>[0-9]{{1,2}})/(?P<two>[0-9]{{1,2}})/{_YEAR}",
)
_FORMS = tuple(re.compile(rf"(?<![\w/.-]){pattern}", re.IGNORECASE) for pattern in _PATTERNS)
_BEFORE = re.compile(
    rf"(?:(?:published|posted|issued|released|date|dated|publié|publiée|veröffentlicht|publicado|publicada|datum|"
    rf"fecha|on|le|am|el|den|du|vom|of|{_any_of(_DAYS)})\b[.:,]?\s{{0,3}})*",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[.,;]?\s{0,3}(?:(?:at|à|um|a las|[-–|T])?\s{0,3}[0-9]{1,2}[:.h][0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?\s?"
    r"(?:uhr|h|[ap]\.?m\.?)?\s?(?:[A-Z]{1,5}|[+-][0-9]{2}:?[0-9]{2})?)?[.]?",
    re.IGNORECASE,
)


def whole_date(text: str) -> date | None:
    """Read a line that is a date and nothing else but a weekday, a time or words such as "Published on"."""
    found = _first(text)
    if not found:
        return None
    value, start, end = found
    alone = _BEFORE.fullmatch(text[:start].strip()) and _AFTER.fullmatch(text[end:].strip())
    return value if alone else None


def date_within(text: str) -> date | None:
    """Find the first date in a text, as in the dateline "Geneva, 3 March 2026 – …"."""
    found = _first(text)
    return found[0] if found else None


def _first(text: str) -> tuple[date, int, int] | None:
    matches = [match for form in _FORMS for match in form.finditer(text)]
    for match in sorted(matches, key=re.Match.start):
        value = _value(match.groupdict())
        if value:
            return value, match.start(), match.end()
    return None


def _value(parts: dict[str, str | None]) -> date | None:
    """Make a date; None if there is no such day, or if day and month could be swapped (3/4/2026)."""
    if parts.get("one"):
        one, two = int(parts["one"] or 0), int(parts["two"] or 0)
        if one <= 12 and two <= 12 and one != two:
            return None
        day, month = (two, one) if two > 12 else (one, two)
    else:
        day = int(parts["day"] or 0)
        month = int(parts.get("number") or 0) or MONTHS[_bare(parts["month"] or "")]
    try:
        return date(int(parts["year"] or 0), month, day)
    except ValueError:
        return None
