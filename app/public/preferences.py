"""A subscriber's own page, behind a signed link: topics, language, name, a pause, another address, leaving everything.

Every button of the page posts to the address of the page; which one it was, a field of its form says.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, Response, make_response, render_template, request

from app.db import db
from app.errors import Expired, Invalid, Problem
from app.links import NOBODY
from app.mail.address import EmailAddress
from app.public.bodies import only_short_ones
from app.public.language import know_reader, translated
from app.public.responses import unlisted, was_a_test
from app.public.why import leaving_origin
from app.services import moving, pausing, preferences
from app.services.names import Names
from app.services.preferences import Preferences
from app.tokens import Purpose
from app.web.access import access
from app.web.installation import installation, origin
from app.web.same_time import same_time

_IDS = (int,)

pages = Blueprint("preferences", __name__)
pages.before_request(only_short_ones)
pages.after_request(unlisted)


@dataclass(frozen=True, slots=True)
class _Filled:
    """What stands in the page's fields: what is saved, or what somebody has just put there."""

    chosen: frozenset[int]
    language: str
    names: Names
    new_email: str = ""

    @classmethod
    def saved(cls, shown: Preferences) -> "_Filled":
        """As it is kept."""
        return cls(shown.chosen, shown.language, shown.names)

    @classmethod
    def typed(cls, shown: Preferences) -> "_Filled":
        """As the form of topics, language and names was posted."""
        slugs = set(request.form.getlist("topic"))
        language = request.form.get("language") or shown.language
        first, last = (request.form.get(name) for name in ("first_name", "last_name"))
        return cls(
            frozenset(topic.id for topic in shown.topics if topic.slug in slugs),
            preferences.language_or_default(installation().settings, language),
            Names(shown.names.first if first is None else first, shown.names.last if last is None else last),
        )


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
    shown = preferences.show(db.session(), subscriber_id)
    return _page(shown, _Filled.saved(shown))


@pages.post("/p/<token>", strict_slashes=False)
@access("token")
def change(token: str) -> Response:
    """Do what the button says; an old link has one only, which asks for a new link (`renew=1`)."""
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
        preferences.leave_all(db.session(), subscriber_id, leaving_origin(), now=now)
        db.session.commit()
        return make_response(render_template("public/left.html", topics=(), everything=True))
    return _act(subscriber_id, now)


def _act(subscriber_id: int, now: datetime) -> Response:
    """Do it and say so on the page, or say what is wrong, with everything as it was typed."""
    shown = preferences.show(db.session(), subscriber_id)
    act = next((act for name, act in _ACTS.items() if request.form.get(name)), _save)
    filled = _Filled.typed(shown) if act is _save else _Filled.saved(shown)
    try:
        done = act(subscriber_id, filled, now)
        db.session.commit()
    except Invalid as error:
        db.session.rollback()
        typed = replace(filled, new_email=request.form.get(moving.FIELD, ""))
        return _page(shown, typed, problems=error.problems)
    saved = preferences.show(db.session(), subscriber_id)
    return _page(saved, _Filled.saved(saved), done=done)


def _save(subscriber_id: int, filled: _Filled, now: datetime) -> str:
    names = Names.typed(filled.names.first, filled.names.last)
    preferences.change(db.session(), subscriber_id, filled.chosen, filled.language, origin(), now=now)
    preferences.rename(db.session(), subscriber_id, names)
    return "saved"


def _pause(subscriber_id: int, _: _Filled, now: datetime) -> str:
    months = request.form.get("months", "")
    number = int(months) if len(months) < 3 and months.isdecimal() else 0
    pausing.pause(db.session(), subscriber_id, number, origin(), now=now)
    return "paused"


def _resume(subscriber_id: int, _: _Filled, now: datetime) -> str:
    pausing.resume(db.session(), subscriber_id, origin(), now=now)
    return "resumed"


def _move(subscriber_id: int, _: _Filled, now: datetime) -> str:
    """Every address is answered alike, whether it is known here or not."""
    try:
        address = EmailAddress.parse(request.form.get(moving.FIELD, ""))
    except Invalid as error:
        raise Invalid(*(replace(problem, field=moving.FIELD) for problem in error.problems)) from error
    with same_time():
        settings = installation().settings
        moving.request(db.session(), subscriber_id, address, origin(), settings=settings, now=now)
        db.session.commit()
    return "asked"


_ACTS: dict[str, Callable[[int, _Filled, datetime], str]] = {
    "months": _pause,
    "resume": _resume,
    moving.FIELD: _move,
    "move": _move,
}


def _page(shown: Preferences, filled: _Filled, *, problems: tuple[Problem, ...] = (), done: str = "") -> Response:
    know_reader(filled.language)
    body = render_template(
        "public/preferences.html",
        shown=shown,
        chosen=filled.chosen,
        language=filled.language,
        names=filled.names,
        new_email=filled.new_email,
        asked_for=request.form.get(moving.FIELD, "").strip() if done == "asked" else "",
        languages=installation().settings.languages,
        is_paused=shown.is_paused(installation().now()),
        months=pausing.MONTHS,
        problems=translated(problems),
        done=done,
    )
    return make_response(body, 400 if problems else 200)


def _expired_page() -> Response:
    return make_response(render_template("public/link_expired.html"), 410)
