"""Two people edited one statement: both texts side by side, and the way on. Nothing of either is lost."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import conflicts, unsaved
from app.console.door import console
from app.console.statement_form import OTHERS, TEXTS, StatementForm, labels
from app.console.statement_form_page import form_page
from app.db import db
from app.models import Statement
from app.permissions import Permission
from app.services import statements, topics
from app.services.statement_texts import LIMITS
from app.services.statements import autosaves, versions
from app.web.access import access
from app.web.installation import installation
from app.web.pages import language_name, long_date


def statement_conflict(mine: StatementForm, statement: Statement) -> Response:
    """The page with both; what was typed is kept as unsaved, so that it is there whatever happens to the page."""
    base = mine.version
    keep_typed(statement, "", base)
    kept = versions.words_at(db.session(), statement, base)
    theirs = StatementForm.of(statement)
    mine.version = statement.version
    texts, others = _readable(mine), _readable(theirs)
    if mine.correcting:
        texts["correction"] = "" if mine.correcting == "remove" else mine.correction.strip()
        others["correction"] = statement.correction
    page = render_template(
        "console/conflict.html",
        statement=statement,
        language=statement.language,
        differing=conflicts.differing(texts, others, _readable_kept(kept) if kept else None, labels()),
        fields=[*mine.pairs(), ("base", str(base))],
        urls={
            "merge": url_for("console.merge_statement", statement_id=statement.id),
            "save": url_for("console.save_statement", statement_id=statement.id),
            "leave": url_for("console.show_statement", statement_id=statement.id),
        },
        moved=kept is not None and kept.get("state") != statement.state,
    )
    return make_response(page, 409)


@console.post("/statements/<int:statement_id>/merge")
@access("staff", Permission.WRITE)
def merge_statement(statement_id: int) -> ResponseReturnValue:
    """The form again, with what was chosen of both; somebody may have saved once more meanwhile."""
    statement = statements.get(db.session(), statement_id)
    mine = StatementForm.posted(request.form)
    base = request.form.get("base", 0, type=int)
    if mine.version != statement.version:
        mine.version = base
        return statement_conflict(mine, statement)
    theirs = StatementForm.of(statement)
    kept = versions.words_at(db.session(), statement, base)
    for name in TEXTS:
        began = _readable_kept(kept).get(name) if kept else None
        choice = request.form.get(f"take_{name}", "")
        mine.texts[name] = conflicts.put_together(name, mine.texts[name], theirs.texts[name], began, choice)
    if request.form.get("take_topics") == conflicts.THEIRS:
        mine.topic_ids = theirs.topic_ids
    if request.form.get("take_image") == conflicts.THEIRS:
        mine.image_id = theirs.image_id
    if request.form.get("take_image_alt") == conflicts.THEIRS:
        mine.image_is = theirs.image_is
    if not mine.correcting or request.form.get("take_correction") == conflicts.THEIRS:
        mine.correcting, mine.correction = "", theirs.correction
    return form_page(mine, statement)


def keep_typed(statement: Statement, language: str, version: int) -> None:
    """Keep the posted fields as typed and not saved, based on the version that their author began with."""
    fields = {name: request.form.getlist(name) for name in (*TEXTS, *OTHERS) if name in request.form}
    place = unsaved.place_of(statement, language, request.form.get("key", type=UUID))
    version = version if 0 < version <= statement.version else 0
    autosaves.keep(db.session(), place, fields=fields, version=version, now=installation().now())
    db.session.commit()


def _readable(form: StatementForm) -> dict[str, str]:
    """Every field as words that can be compared and read."""
    names = {topic.id: topic.name for topic in topics.every(db.session())}
    words = {name: text.strip() for name, text in form.texts.items()}
    words["topics"] = ", ".join(sorted(names.get(topic, "?") for topic in form.topic_ids))
    words["image"] = str(form.image_id or "")
    return _spelled(words, is_decorative=form.is_decorative)


def _readable_kept(kept: Mapping[str, Any]) -> dict[str, str]:
    """The same of a version that was kept."""
    words = {name: str(kept[name]) for name in (*LIMITS, "issued_on", "language", "correction")}
    words["topics"] = ", ".join(sorted(str(topic["name"]) for topic in kept["topics"]))
    words["image"] = str(kept["image_id"] or "")
    return _spelled(words, is_decorative=bool(kept["image_is_decorative"]))


def _spelled(words: dict[str, str], *, is_decorative: bool) -> dict[str, str]:
    with suppress(ValueError):
        words["issued_on"] = long_date(date.fromisoformat(words["issued_on"]), "en")
    words["language"] = language_name(words["language"]) if words["language"] else ""
    if is_decorative:
        words["image_alt"] = _("(only decoration)")
    return words
