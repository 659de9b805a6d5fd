"""What depends on a text's language: its direction, its typefaces, its dates, and which characters it may hold."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.lists import format_list
from markupsafe import Markup, escape

from app.mail.lint_html import RIGHT_TO_LEFT

_SERIF = "Georgia, 'Times New Roman', Times, serif"
_FACES = {
    "ar": "'Geeza Pro', 'Noto Naskh Arabic', 'Segoe UI', Tahoma, Arial, sans-serif",
    "fa": "'Geeza Pro', 'Noto Naskh Arabic', 'Segoe UI', Tahoma, Arial, sans-serif",
    "ur": "'Noto Nastaliq Urdu', 'Geeza Pro', 'Segoe UI', Tahoma, Arial, sans-serif",
    "he": "'Arial Hebrew', 'Segoe UI', Arial, sans-serif",
    "zh": "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', Arial, sans-serif",
    "ja": "'Hiragino Sans', 'Yu Gothic', 'Noto Sans CJK JP', Arial, sans-serif",
    "ko": "'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans CJK KR', Arial, sans-serif",
}
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
_ADDRESS = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+\d[\d ()-]{5,20}\d")
_KEPT_TOGETHER = re.compile(rf"{_ADDRESS.pattern}|\ue000[^\ue001]*\ue001")
_DIRECTION_MARKS = re.compile("[\u200e\u200f]")
_NONCHARACTERS = "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_NOT_TEXT = re.compile(f"[\ue000\ue001\ufdd0-\ufdef{_NONCHARACTERS}]")
_KEPT_CONTROLS = {"\n", "\t"}


@dataclass(frozen=True, slots=True)
class Language:
    """A language as templates need it; `tag` is what the lang attribute says (BCP 47)."""

    tag: str

    @classmethod
    def of(cls, tag: str) -> "Language":
        """Read a tag; one that is none (an empty one, say) counts as English."""
        tag = tag.replace("_", "-")
        return cls(tag if _TAG.fullmatch(tag) else "en")

    @property
    def primary(self) -> str:
        """The language without script and region."""
        return self.tag.lower().partition("-")[0]

    @property
    def name(self) -> str:
        """What it is called in English; the tag itself if nobody knows."""
        try:
            return Locale.parse(self.tag, sep="-").get_display_name("en") or self.tag
        except (UnknownLocaleError, ValueError):
            return self.tag

    @property
    def direction(self) -> str:
        """The value of the dir attribute."""
        return "rtl" if self.primary in RIGHT_TO_LEFT else "ltr"

    @property
    def start(self) -> str:
        """The side on which lines begin."""
        return "right" if self.direction == "rtl" else "left"

    @property
    def typeface(self) -> str:
        """Font families for long texts, as CSS."""
        return _FACES.get(self.primary, _SERIF)

    def spell_date(self, day: date) -> str:
        """Write a date with its month in words, without the invisible marks that some languages' forms hold."""
        return _DIRECTION_MARKS.sub("", format_date(day, "long", locale=self._locale))

    def enumerate(self, names: Sequence[str]) -> str:
        """Write several names as one does in a sentence: “A, B and C”."""
        return format_list(names, locale=self._locale)

    def enumerate_marked(self, names: Sequence[str]) -> Markup:
        """The same for HTML; in a line from right to left each name keeps to itself."""
        frame = Markup("<bdi>{}</bdi>") if self.direction == "rtl" else Markup("{}")
        return Markup(format_list([frame.format(name) for name in names], locale=self._locale))  # noqa: S704  # escaped

    @property
    def _locale(self) -> Locale:
        try:
            return Locale.parse(self.tag, sep="-")
        except (UnknownLocaleError, ValueError):
            return Locale("en")


def clean(text: str) -> str:
    """Take out what is no text: controls other than line ends, lone surrogates, noncharacters, slot markers.

    All line ends become LF. Nobody can see these characters, and a slot marker would end up in a template.
    """
    lines = re.sub("\r\n?|[\x85\u2028\u2029]", "\n", text)
    kept = [c for c in lines if c in _KEPT_CONTROLS or unicodedata.category(c) not in {"Cc", "Cs"}]
    return _NOT_TEXT.sub("", "".join(kept))


def one_line(text: str) -> str:
    """Clean a text and collapse its spaces, for subjects, names and other things of one line."""
    return " ".join(clean(text).split())


def isolate(text: str) -> Markup:
    """Escape a text for HTML, and keep addresses, numbers and names in it together in a line of the other direction.

    A name is whatever will stand in a slot; which direction it has is not known before (UAX #9).
    """
    pieces, at = [], 0
    for match in _KEPT_TOGETHER.finditer(text):
        pieces += [escape(text[at : match.start()]), Markup("<bdi>{}</bdi>").format(match[0])]
        at = match.end()
    return Markup("").join([*pieces, escape(text[at:])])
