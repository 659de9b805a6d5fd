"""What there is to translate: the words of readers' pages and mails, and what services say to readers."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract

from app.translations import FOLDER

PROJECT = FOLDER.parent.parent
WORDS: dict[str, tuple[int, ...] | None] = {"_": None, "gettext": None, "ngettext": (1, 2), "Sentence": None}
REFUSALS = dict.fromkeys(("Problem", "Invalid", "NotFound", "Conflict", "Expired", "RateLimited", "Unavailable"))
TEMPLATES = ("public", "errors", "email")
PYTHON = ("public", "web", "mail", "services", "tokens.py")
"""Where words for readers stand in `app`; those of staff and of the command line stay English."""
HEARD_BY_READERS = frozenset(
    {
        "app/tokens.py",
        "app/services/languages.py",
        "app/services/moving.py",
        "app/services/pausing.py",
        "app/services/preferences.py",
        "app/services/signup.py",
        "app/services/subscribers.py",
    }
)
"""Beside all of `app/public`: modules whose every refusal can reach a reader. Elsewhere such a one is a `Sentence`."""
_FOR_STAFF = "staff_"
_COMMENT = "For translators:"


def collect() -> Catalog:
    """All words in English, each with the files that it stands in."""
    found = Catalog(charset="utf-8")
    for path in sorted(_files()):
        place = path.relative_to(PROJECT).as_posix()
        method, keywords = _how(place)
        with path.open("rb") as file:
            for _, words, comments, _ in extract(method, file, keywords, (_COMMENT,), {"silent": "false"}):
                if words:
                    found.add(words, locations=[(place, 0)], auto_comments=comments)
    return found


def _files() -> Iterator[Path]:
    for folder in TEMPLATES:
        files = (PROJECT / "templates" / folder).rglob("*.*")
        yield from (path for path in files if not path.parent.name.startswith(_FOR_STAFF))
    for name in PYTHON:
        path = PROJECT / "app" / name
        yield from path.rglob("*.py") if path.is_dir() else [path]


def _how(place: str) -> tuple[str, dict[str, tuple[int, ...] | None]]:
    """By which method, and marked by which names, the words of a file are found."""
    if not place.endswith(".py"):
        return "jinja2", WORDS
    if place.startswith("app/public/") or place in HEARD_BY_READERS:
        return "python", WORDS | REFUSALS
    return "python", WORDS
