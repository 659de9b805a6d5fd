"""What readers' pages know of languages: whose link is open, and in which language statements are shown to them.

`app.web.language` says how a page's own language is found.
"""

from collections.abc import Sequence

from flask import Flask, request
from sqlalchemy import select

from app.db import db
from app.errors import NotFound
from app.models import AddressChange, Statement, Subscriber
from app.services import languages, topics
from app.services.languages import StatementText
from app.tokens import Purpose
from app.web.installation import installation
from app.web.language import keep_choice, know_reader, page_language, translated, wishes

__all__ = ["in_visitors_language", "install", "know_reader", "page_language", "translated", "wishes"]

OWN_LINKS = {
    "/c/": (Purpose.CONFIRM, (int, int)),
    "/n/": (Purpose.REFUSE, (int, int)),
    "/p/": (Purpose.PREFERENCES, (int,)),
    "/u/": (Purpose.UNSUBSCRIBE, (int, int)),
    "/a/": (Purpose.MOVE, (int,)),
}
"""Addresses that mails lead to, and what their token holds; its first number is the subscriber's, or the change's."""


def install(app: Flask, blueprints: Sequence[str]) -> None:
    """Let the pages of these blueprints speak the reader's language."""
    keep_choice(app, blueprints)
    app.jinja_env.filters.update(
        called=lambda topic: topics.name_in(topic, page_language()),
        described=lambda topic: topics.description_in(topic, page_language()),
    )
    app.before_request(_see_whose_link_it_is)


def in_visitors_language(found: Sequence[Statement]) -> list[StatementText]:
    """Statements in the best language that each is there in."""
    offered = installation().settings.languages
    return [languages.best_version(statement, wishes(), offered) for statement in found]


def _see_whose_link_it_is() -> None:
    """Speak the language that the subscriber chose, whatever browser they open their link with."""
    link = OWN_LINKS.get(request.path[:3])
    if link is None or not (token := (request.view_args or {}).get("token")):
        return
    try:
        tokens, (purpose, types) = installation().tokens, link
        read = tokens.read_expired if purpose.value.max_age else tokens.read
        number = read(purpose, token, types)[0]
    except NotFound:
        return
    asked = select(Subscriber.language)
    if purpose is Purpose.MOVE:
        asked = asked.join(AddressChange, AddressChange.new_subscriber_id == Subscriber.id)
        asked = asked.where(AddressChange.id == number)
    else:
        asked = asked.where(Subscriber.id == number)
    language = db.session.scalar(asked)
    if language:
        know_reader(language)
