"""Whether a text is in the language that it says it is in: else screen readers speak it with the wrong voice (E-01).

Guessed from letters and from the commonest little words, and only said where it is plain.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping

from babel import Locale, UnknownLocaleError

from app.mail.language import Language
from app.mail.markdown import to_text
from app.services.preflight.findings import Finding
from app.services.preflight.reading import Reading

_ENOUGH_LETTERS, _MOST = 40, 0.7
_ENOUGH_WORDS, _PLAINLY = 12, 3.0
_WORD = re.compile(r"[^\W\d_]+")
_LINK = re.compile(r"https?://\S+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LITTLE_WORDS: Mapping[str, frozenset[str]] = {
    "en": _words("the and of to is that with for are this which have it was from not by be at"),
    "fr": _words("le la les et des est dans pour que qui une sur avec nous pas ce cette sont au du"),
    "de": _words("der die das und ist nicht mit für auf ein eine wir sich dem den von zu auch im wird"),
    "es": _words("el la los las y es que para por con una del se no en al lo como más su"),
    "it": _words("il la gli e è che per con una del della di non sono nel alla questo anche dei si"),
    "pt": _words("o os e é que para por com uma do da não em ao dos das se mais como são"),
    "nl": _words("de het en is niet met voor op een van dat zijn wij te ook aan die deze naar wordt"),
}
_SCRIPTS: Mapping[str, str] = {
    "ar": "ARABIC", "fa": "ARABIC", "ur": "ARABIC", "ps": "ARABIC", "he": "HEBREW", "yi": "HEBREW", "ru": "CYRILLIC",
    "uk": "CYRILLIC", "bg": "CYRILLIC", "be": "CYRILLIC", "mk": "CYRILLIC", "el": "GREEK", "zh": "CJK", "ja": "",
    "ko": "HANGUL", "hi": "DEVANAGARI", "ne": "DEVANAGARI", "bn": "BENGALI", "th": "THAI", "ka": "GEORGIAN",
    "hy": "ARMENIAN", "am": "ETHIOPIC", "sr": "", "uz": "", "kk": "", "az": "", "ckb": "ARABIC",
}  # fmt: skip
_LATIN = _words(
    "en fr de es it pt nl ca gl eu oc br cy ga gd is fo da sv nb nn no fi et lv lt pl cs sk sl hr bs ro hu sq mt tr "
    "id ms vi sw af lb fy tl so ht mi sm"
)
_LETTERS = {"CJK": "Chinese", "HANGUL": "Korean"}
_TITLE = "Language of the mail"
_MEND = "Choose the language in which it is written. If it is right as it is, acknowledge this."


def check(reading: Reading) -> Iterator[Finding]:
    """An error where the letters can't be those of the language, a warning where the words are another's."""
    language = Language.of(reading.text.language)
    written = reading.text
    parts = (written.title, written.standfirst, written.easy_summary, to_text(written.body))
    text = _LINK.sub("", "\n".join(parts))
    said = language_name(language.tag)
    script, wanted = _script(text), _script_wanted(language.primary)
    if script and wanted and script != wanted:
        words = (
            f"This version says that it is {said}, but it is written in {_LETTERS.get(script, script.title())} letters."
        )
        mend = "Choose the language in which it is written."
        yield Finding("language", "error", _TITLE, words, mend, "language", reading.label)
    elif (likely := _likely(text, language.primary)) is not None:
        words = f"This version says that it is {said}, but it reads like {language_name(likely)}."
        yield Finding("language", "warning", _TITLE, words, _MEND, "language", reading.label)


def language_name(tag: str) -> str:
    """A language in English words."""
    try:
        return str(Locale.parse(tag, sep="-").get_display_name("en") or tag)
    except (UnknownLocaleError, ValueError):
        return tag


def _script_wanted(language: str) -> str:
    """The script of a language; empty if it has several, or isn't known here."""
    return _SCRIPTS.get(language, "LATIN" if language in _LATIN else "")


def _script(text: str) -> str:
    """The script of most letters; empty if that isn't plain."""
    letters = [character for character in text if character.isalpha()]
    counts = Counter(_script_of(character) for character in letters)
    if len(letters) < _ENOUGH_LETTERS:
        return ""
    script, number = counts.most_common(1)[0]
    return script if number > _MOST * len(letters) else ""


def _script_of(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _likely(text: str, said: str) -> str | None:
    """Another language whose little words are far more frequent than those of the one that is said."""
    if said not in _LITTLE_WORDS:
        return None
    words = Counter(_WORD.findall(text.casefold()))
    scores = {name: sum(words[word] for word in little) for name, little in _LITTLE_WORDS.items()}
    best = max(scores, key=lambda name: scores[name])
    plain = scores[best] >= _ENOUGH_WORDS and scores[best] > _PLAINLY * max(scores[said], 1)
    return best if best != said and plain else None
