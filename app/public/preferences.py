"""A subscriber's own page, behind a signed link: topics, language, name, leaving everything."""

from flask import Blueprint, Response, make_response, render_template, request

from app.db import db
from app.errors import Expired, Invalid, Problem
from app.links import NOBODY
from app.public.bodies import only_short_ones
from app.public.language import know_reader, translated
from app.public.responses import unlisted, was_a_test
from app.services import preferences
from app.services.names import Names
from app.services.preferences import Preferences
from app.tokens import Purpose
from app.web.access import access
from app.web.installation import installation, origin

_IDS = (int,)

pages = Blueprint("preferences", __name__)
pages.before_request(only_short_ones)
pages.after_request(unlisted)


@pages.get("/p/<token>", strict_slashes=False)
@access("token")
def page(token: str) -> Response:
    """Show what the reader gets."""
    try:
        (subscriber_id,) = installation().tokens.read(Purpose.PREFERENCES, token, _IDS)
    except Expired:
        return _expired_page()
    if subscriber_id == NOBODY:
        return was_a_test()
    found = preferences.show(db.session(), subscriber_id)
    return _page(found, found.chosen, found.language, names=found.names)


@pages.post("/p/<token>", strict_slashes=False)
@access("token")
def change(token: str) -> Response:
    """Save, leave everything (`leave=1`), or ask for a new link (`renew=1`)."""
    tokens, now = installation().tokens, installation().now()
    if request.form.get("renew"):
        (subscriber_id,) = tokens.read_expired(Purpose.PREFERENCES, token, _IDS)
        if subscriber_id == NOBODY:
            return was_a_test()
        preferences.send_link(db.session(), subscriber_id, now=now)
        db.session.commit()
        return make_response(render_template("public/link_sent.html"))
    try:
        (subscriber_id,) = tokens.read(Purpose.PREFERENCES, token, _IDS)
    except Expired:
        return _expired_page()
    if subscriber_id == NOBODY:
        return was_a_test()
    if request.form.get("leave"):
        preferences.leave_all(db.session(), subscriber_id, origin(), now=now)
        db.session.commit()
        return make_response(render_template("public/left.html", topics=(), everything=True))
    return _save(subscriber_id)


def _save(subscriber_id: int) -> Response:
    shown = preferences.show(db.session(), subscriber_id)
    slugs = set(request.form.getlist("topic"))
    wanted = {topic.id for topic in shown.topics if topic.slug in slugs}
    language = request.form.get("language") or shown.language
    language = preferences.language_or_default(installation().settings, language)
    first, last = (request.form.get(name) for name in ("first_name", "last_name"))
    typed = Names(shown.names.first if first is None else first, shown.names.last if last is None else last)
    try:
        names = Names.typed(typed.first, typed.last)
        preferences.change(db.session(), subscriber_id, wanted, language, origin(), now=installation().now())
        preferences.rename(db.session(), subscriber_id, names)
        db.session.commit()
    except Invalid as error:
        db.session.rollback()
        return _page(shown, wanted, language, names=typed, problems=error.problems)
    saved = preferences.show(db.session(), subscriber_id)
    return _page(saved, wanted, language, names=saved.names, saved=True)


def _page(
    shown: Preferences,
    chosen: frozenset[int] | set[int],
    language: str,
    *,
    names: Names,
    problems: tuple[Problem, ...] = (),
    saved: bool = False,
) -> Response:
    know_reader(language)
    body = render_template(
        "public/preferences.html",
        shown=shown,
        chosen=chosen,
        language=language,
        names=names,
        languages=installation().settings.languages,
        problems=translated(problems),
        saved=saved,
    )
    return make_response(body, 400 if problems else 200)


def _expired_page() -> Response:
    return make_response(render_template("public/link_expired.html"), 410)
