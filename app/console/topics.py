"""Topics: what readers may choose, how each is called, and in which order the sign-up form offers them."""

from collections.abc import Sequence

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import returning
from app.console.acting import note
from app.console.door import SEE_OTHER, console
from app.db import db
from app.errors import Conflict, Invalid, Problem
from app.mail.language import Language
from app.models import Topic
from app.permissions import Permission
from app.services import topics
from app.services.audit import Thing
from app.services.topics import Wording
from app.web.access import access
from app.web.installation import installation


@console.get("/topics")
@access("staff", Permission.CHANGE_SETTINGS)
def list_topics() -> ResponseReturnValue:
    """All topics, in their order."""
    session = db.session()
    return render_template("console/topics.html", topics=topics.every(session), readers=topics.readers(session))


@console.get("/topics/new")
@access("staff", Permission.CHANGE_SETTINGS)
def new_topic() -> ResponseReturnValue:
    """An empty form."""
    return _form(None, Wording(""))


@console.post("/topics")
@access("staff", Permission.CHANGE_SETTINGS)
def add_topic() -> ResponseReturnValue:
    """Add a topic after the others."""
    session, wording = db.session(), _typed()
    slug = request.form.get("slug", "").strip()
    try:
        made = topics.add(session, slug, wording.name, wording.description)
        topics.change(session, made, wording)
    except Invalid as error:
        return _form(None, wording, error.problems)
    except Conflict as error:
        return _form(None, wording, [Problem(str(error), field="slug")])
    note("topic.add", _thing(made), name=made.name, description=made.description, is_public=made.is_public)
    session.commit()
    flash(_("“%(name)s” is added.", name=made.name))
    return redirect(url_for("console.list_topics"), SEE_OTHER)


@console.get("/topics/<slug>/edit")
@access("staff", Permission.CHANGE_SETTINGS)
def show_topic(slug: str) -> ResponseReturnValue:
    """The form of a topic."""
    topic = topics.get(db.session(), slug)
    return _form(topic, Wording(topic.name, topic.description, topic.is_public, topic.translations))


@console.post("/topics/<slug>/edit")
@access("staff", Permission.CHANGE_SETTINGS)
def save_topic(slug: str) -> ResponseReturnValue:
    """Change what readers see of it."""
    session, wording = db.session(), _typed()
    topic = topics.get(session, slug)
    try:
        changes = topics.change(session, topic, wording)
    except Invalid as error:
        return _form(topic, wording, error.problems)
    for name, (before, after) in changes.items():
        note("topic.change", _thing(topic), what=name, before=before, after=after)
    session.commit()
    flash(_("“%(name)s” is saved.", name=topic.name) if changes else _("Nothing was changed."))
    return redirect(url_for("console.list_topics"), SEE_OTHER)


@console.post("/topics/<slug>/move")
@access("staff", Permission.CHANGE_SETTINGS)
def move_topic(slug: str) -> ResponseReturnValue:
    """Change places with the next or the one before."""
    session = db.session()
    topic = topics.get(session, slug)
    is_down = request.form.get("direction") == "down"
    if topics.move(session, topic, down=is_down):
        note("topic.move", _thing(topic), direction="down" if is_down else "up")
        session.commit()
        where = _("further down") if is_down else _("further up")
        flash(_("“%(name)s” stands %(where)s now.", name=topic.name, where=where))
    return redirect(url_for("console.list_topics"), SEE_OTHER)


@returning.reopens("console.add_topic", "console.save_topic")
def topic_typed_again(slug: str = "") -> Response:
    """The form with what was typed, not saved."""
    return _form(topics.get(db.session(), slug) if slug else None, _typed(), [Problem(returning.why())])


def _thing(topic: Topic) -> Thing:
    return Thing("topic", topic.slug, topic.name)


def _typed() -> Wording:
    form = request.form
    translations = {
        tag: {part: form[f"{part}_{tag}"].strip() for part in ("name", "description") if f"{part}_{tag}" in form}
        for tag in _further_languages()
        if f"name_{tag}" in form
    }
    return Wording(
        form.get("name", "").strip(), form.get("description", "").strip(), form.get("is_public") == "yes", translations
    )


def _further_languages() -> Sequence[str]:
    """The languages that readers may choose beside the first, in which name and description stand above."""
    return installation().settings.languages[1:]


def _form(topic: Topic | None, wording: Wording, problems: Sequence[Problem] = ()) -> Response:
    page = render_template(
        "console/topic.html",
        topic=topic,
        wording=wording,
        languages=[(tag, Language.of(tag).name) for tag in _further_languages()],
        slug=request.form.get("slug", ""),
        limits=(topics.LONGEST_NAME, topics.LONGEST_DESCRIPTION),
        problems=problems,
    )
    return make_response(page, 400 if problems else 200)
