"""In which language a page speaks: the one asked for, else the reader's own, else the browser's, else the default.

Only languages count that the installation offers and that there is a catalogue for: a page must not claim a language
(`<html lang>`) that its words are not in. What was asked for (`?lang=`) goes along from page to page, because readers
have no cookie. Staff's pages are English.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from babel.support import NullTranslations
from flask import Flask, Response, current_app, g, has_request_context, request, url_for
from flask_babel import Babel, Domain, get_locale, get_translations, refresh

from app.errors import CommuniqueError, Problem, Sentence
from app.services.languages import subject_matter
from app.settings import Settings
from app.translations import SOURCE, catalogue, is_right_to_left, nearest, say
from app.translations.isolating import isolated
from app.translations.templates import teach
from app.web.installation import installation

ASKED = "lang"
_FOR_STAFF = ("console", "dev")
_NO_ADDRESS = Sentence("No email can be sent to this address. Please look for a slip in it.")


class Catalogues(Domain):  # type: ignore[misc]  # Flask-Babel ships no types
    """Flask-Babel's words, from the same catalogues as those of mails."""

    def get_translations(self) -> NullTranslations:
        """The words of the page that is being made."""
        return catalogue(str(get_locale() or SOURCE).replace("_", "-"))


@dataclass(frozen=True, slots=True)
class Choice:
    """A language that a page can be had in, and where."""

    tag: str
    href: str
    is_current: bool


def install(app: Flask) -> None:
    """Let all pages speak, and say in which language they do."""
    babel = Babel(app, locale_selector=lambda: page_language().replace("-", "_"))
    babel.domain_instance = Catalogues()
    teach(app.jinja_env, get_translations, lambda _: isolated if is_right_to_left(page_language()) else None)
    app.context_processor(_for_templates)
    app.after_request(_say_language)


def _for_templates() -> dict[str, object]:
    here, settings = page_language(), installation().settings
    return {
        "page_language": here,
        "language_choices": choices,
        "subject_matter": lambda: subject_matter(settings, here),
    }


def keep_choice(app: Flask, blueprints: Collection[str]) -> None:
    """Let links between the pages of these blueprints carry the language that was asked for."""

    @app.url_defaults
    def add(endpoint: str, values: dict[str, object]) -> None:
        if ASKED not in values and endpoint.partition(".")[0] in blueprints and (asked := asked_for()):
            values[ASKED] = asked


def know_reader(language: str) -> None:
    """Note the language of the subscriber whose link this request carries."""
    g.reader_language = language
    refresh()


def page_language() -> str:
    """The language of the page that is being made."""
    if not has_request_context() or request.path.split("/")[1] in _FOR_STAFF:
        return SOURCE
    return choose(wishes(), offered(installation().settings))


def offered(settings: Settings) -> list[str]:
    """The languages in which readers' pages can be had, the default first."""
    return list(dict.fromkeys(filter(None, map(nearest, settings.languages)))) or [SOURCE]


def asked_for() -> str:
    """The language that the address of the page asks for, if it can be had."""
    if not has_request_context():
        return ""
    found = nearest(request.args.get(ASKED, ""))
    return found if found in offered(installation().settings) else ""


def wishes() -> list[str]:
    """The languages that whoever looks would like, the first most."""
    accepted = [tag for tag, quality in request.accept_languages if quality > 0]
    return [tag for tag in (request.args.get(ASKED, ""), g.get("reader_language", ""), *accepted) if tag]


def choose(wishes: Iterable[str], available: Sequence[str]) -> str:
    """The first wish that can be met, a regional form by its plain one (`fr-CA` by `fr`); else the first available."""
    return next((found for wish in wishes if (found := nearest(wish)) in available), available[0])


def choices() -> list[Choice]:
    """Where the same page can be had in each language; none if there is but one.

    After a button was pressed that is the page with the button, which shows how things stand now.
    """
    here, spoken = page_language(), offered(installation().settings)
    if len(spoken) < 2:
        return []
    path = "/" + (request.script_root + request.path).lstrip("/")
    if request.method == "POST" and not _can_be_shown():
        path = url_for("joining.form", **{ASKED: None})
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != ASKED]
    return [Choice(tag, f"{quote(path)}?{urlencode([*kept, (ASKED, tag)])}", tag == here) for tag in spoken]


def in_words(error: CommuniqueError) -> str:
    """What a service refused, in the language of the page."""
    return " ".join(say(sentence, page_language()) for sentence in error.sentences)


def translated(problems: Iterable[Problem]) -> list[Problem]:
    """What is wrong with a form, in the language of the page."""
    return [replace(problem, message=_translated(problem, page_language())) for problem in problems]


def _translated(problem: Problem, language: str) -> str:
    """A library names many faults of addresses, in English only; in other languages one sentence stands for them."""
    words = say(problem.message, language)
    is_unknown = language != SOURCE and words == problem.message and problem.field == "email"
    return say(_NO_ADDRESS, language) if is_unknown else words


def _can_be_shown() -> bool:
    adapter = current_app.create_url_adapter(request)
    return adapter is not None and adapter.test(method="GET")


def _say_language(response: Response) -> Response:
    """Caches have to know what the page depended on (RFC 9110 section 12.5.5)."""
    if response.mimetype == "text/html" and not response.direct_passthrough:
        response.vary.add("Accept-Language")
        response.content_language.add(page_language())
    return response
