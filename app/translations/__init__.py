"""What the service says to readers, in each language that there is a catalogue for.

English stands in the code. A language is a folder with `LC_MESSAGES/messages.po`; it is read when its first words are
needed, so that no compiled file can be missing or old. Pages, mails and services take their words from here, inside a
request and outside. `make messages` collects what is to be translated (see docs/languages.md).
"""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from app.errors import Sentence
from app.translations.isolating import isolated

FOLDER = Path(__file__).parent
SOURCE = "en"


@cache
def languages() -> tuple[str, ...]:
    """The languages that the service speaks, as tags (BCP 47), English first."""
    found = sorted(path.parts[-3] for path in FOLDER.glob("*/LC_MESSAGES/messages.po"))
    return (SOURCE, *(name.replace("_", "-") for name in found))


def nearest(tag: str) -> str:
    """The language spoken here that serves whoever asks for `tag`: itself, or its plain form; empty if none does."""
    for one in (tag.lower(), tag.lower().partition("-")[0]):
        for spoken in languages():
            if spoken.lower() == one:
                return spoken
    return ""


@cache
def catalogue(tag: str) -> NullTranslations:
    """The words of a language that `languages()` names; English needs none."""
    path = catalogue_path(tag)
    if tag == SOURCE or not path.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=tag.replace("-", "_")))
    compiled.seek(0)
    return Translations(compiled)


def catalogue_path(tag: str) -> Path:
    """Where the words of a language stand."""
    return FOLDER / tag.replace("-", "_") / "LC_MESSAGES" / "messages.po"


def is_right_to_left(tag: str) -> bool:
    """How a language that `languages()` names is written."""
    return bool(Locale.parse(tag, sep="-").text_direction == "rtl")


def say(message: str, tag: str) -> str:
    """What a service said in English, in another language; unchanged if the catalogue doesn't know it."""
    known = catalogue(tag)
    if isinstance(message, Sentence):
        apart = isolated if is_right_to_left(tag) else lambda value: value
        return str(known.gettext(message.pattern)) % {name: apart(value) for name, value in message.values.items()}
    return str(known.gettext(message)) if message else ""
