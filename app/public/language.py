"""In which language a page speaks: the one asked for, else the reader's own, else the browser's, else the default.

Only languages with a catalogue count: a page must not claim a language (`<html lang>`) that its words are not in.
The statements on it are shown in the best language that they are there in, and each says in which.
"""

from collections.abc import Sequence

from flask import Flask, g, request

from app.models import Statement
from app.services import languages
from app.services.languages import StatementText
from app.web.installation import installation

CATALOGUES = ("en",)


def install(app: Flask) -> None:
    """Tell all templates the language of the page."""
    app.context_processor(lambda: {"page_language": page_language()})


def know_reader(language: str) -> None:
    """Note the language of the subscriber whose link this request carries."""
    g.reader_language = language


def page_language() -> str:
    """The language of the page that is being made."""
    return choose([*wishes(), installation().settings.languages[0]], CATALOGUES)


def wishes() -> list[str]:
    """The languages that whoever looks would like, the first most."""
    accepted = [tag for tag, _ in request.accept_languages]
    return [tag for tag in (request.args.get("lang", ""), g.get("reader_language", ""), *accepted) if tag]


def in_visitors_language(found: Sequence[Statement]) -> list[StatementText]:
    """Statements in the best language that each is there in."""
    offered = installation().settings.languages
    return [languages.best_version(statement, wishes(), offered) for statement in found]


def choose(wishes: Sequence[str], available: Sequence[str]) -> str:
    """The first wish that can be met, a regional form by its plain one (`fr-CA` by `fr`); else the first available."""
    for wish in wishes:
        for tag in (wish.lower(), wish.lower().partition("-")[0]):
            if tag in available:
                return tag
    return available[0]
