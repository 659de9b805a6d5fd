"""What was to be filled in later and wasn't, and words that are fine by themselves but make filters suspicious."""

import re
from collections.abc import Iterator, Sequence

from app.services.preflight.findings import Finding, Level
from app.services.preflight.reading import Reading

_AROUND = 24
_MOST = 5
_BRACKETED = (
    r"email\s?protected|"
    r"insert\b[^\]]*|add\b[^\]]*|fill in[^\]]*|to (?:be )?(?:come|confirmed|added|follow)|date|time|name|names|place|"
    r"city|country|number|figure|quote|link|url|title|phone|telephone|email|address|t\.?b\.?[cda]\.?|tk|x+|"
    r"datum|uhrzeit|ort|zahl|zitat|bitte [^\]]*|einfügen[^\]]*|heure|lieu|nom|chiffre|citation|insérer[^\]]*|"
    r"à compléter[^\]]*|fecha|hora|lugar|nombre|cifra|cita|insertar[^\]]*|por confirmar|التاريخ|الاسم|المكان|الرابط"
)
_CERTAIN = re.compile(
    rf"\blorem\s+ipsum\b|\bdolor sit amet\b|\bTK(?: ?TK)+\b|\bX{{4,}}\b|\bFIXME\b|\[\s*(?:{_BRACKETED})\s*\]|\{{%|%\}}"
    r"|(?-i:\|[A-Z_:]{3,40}\|)",
    re.IGNORECASE,
)
_LIKELY = re.compile(
    r"\bTK\b|\bX{3}\b|\bTODO\b|\bT\.?B\.?[CDA]\b\.?|\bDRAFT\b|\bENTWURF\b|\bBROUILLON\b|\bBORRADOR\b|\?{3,}|_{4,}|<<[^<>\n]{1,60}>>"
    r"|(?i:\bembargo(?:ed)? until\b|\bsous embargo\b|\bsperrfrist\b|\bembargado hasta\b|\bfor internal use\b)"
)
_ADVERTISING = re.compile(
    r"\b(?:100 ?% free|act now|buy now|cash bonus|click below|congratulations,? you|dear friend|double your"
    r"|earn money|free gift|guaranteed|limited time|lowest price|make money|no obligation|once in a lifetime"
    r"|order now|risk[- ]free|this is not spam|urgent response|winner|work from home|you have been selected"
    r"|jetzt kaufen|nur heute|gratis[- ]geschenk|sie haben gewonnen|offre limitée|argent facile|vous avez gagné"
    r"|achetez maintenant|dinero fácil|oferta limitada|ha ganado|compre ahora)\b",
    re.IGNORECASE,
)


def check_placeholders(reading: Reading) -> Iterator[Finding]:
    """Nobody writes these into a finished text (an error), or hardly anybody (somebody has to look)."""
    certain = _placed(_CERTAIN, reading)
    for excerpt, place in certain.items():
        words = f"Something is still to be filled in: “{excerpt}”"
        yield Finding("placeholder", "error", "Placeholders", words, "Write what belongs there.", place, reading.label)
    for excerpt, place in _placed(_LIKELY, reading).items():
        if excerpt not in certain:
            words = f"This looks like a note to yourselves: “{excerpt}”"
            mend = "If it is one, finish the passage. If readers shall see it, acknowledge this."
            yield Finding("placeholder", "warning", "Placeholders", words, mend, place, reading.label)


def check_advertising(reading: Reading) -> Iterator[Finding]:
    """A modest list: single words prove nothing to a filter, but some phrases are hardly used by anybody else."""
    found = _found(_ADVERTISING, reading.words)
    if found:
        quoted = ", ".join(f"“{excerpt}”" for excerpt in found)
        words = f"Filters know these words from advertising: {quoted}."
        mend = "One of them does no harm; if the mail can do without, leave it out."
        level: Level = "warning" if len(found) > 1 else "note"
        yield Finding("spam-words", level, "Words that filters know", words, mend, "body", reading.label)


def _placed(pattern: re.Pattern[str], reading: Reading) -> dict[str, str]:
    """Each find, once, and the field in which it stands."""
    places: dict[str, str] = {}
    for place, text in reading.passages:
        for excerpt in _found(pattern, text):
            places.setdefault(excerpt, place)
    return places


def _found(pattern: re.Pattern[str], text: str) -> Sequence[str]:
    """Each find with a little of what stands around it, once."""
    excerpts = [_excerpt(text, match) for match in pattern.finditer(text)]
    return list(dict.fromkeys(excerpts))[:_MOST]


def _excerpt(text: str, match: re.Match[str]) -> str:
    """The find in its line, cut at words."""
    start, end = max(match.start() - _AROUND, 0), min(match.end() + _AROUND, len(text))
    before, after = text[start : match.start()].rpartition("\n")[2], text[match.end() : end].partition("\n")[0]
    if start and "\n" not in text[start : match.start()]:
        before = "…" + before.partition(" ")[2]
    if end < len(text) and "\n" not in text[match.end() : end]:
        after = after.rpartition(" ")[0] + "…"
    return " ".join(f"{before}{match[0]}{after}".split())
