"""Versions of a statement: who saved what and when, what changed, and bringing an earlier one back."""

from collections.abc import Mapping, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.door import SEE_OTHER, console, staff
from app.console.statement_acts import note_statement
from app.console.statement_form import labels
from app.db import db
from app.errors import Conflict, Invalid, Problem
from app.models import Statement
from app.permissions import Permission
from app.services import images, statements
from app.services.statements import versions
from app.services.statements.differences import fields_changed
from app.services.statements.versions import Act, Kept
from app.web.access import access
from app.web.installation import installation
from app.web.pages import language_name

LAST_PAGE = 10_000


@console.get("/statements/<int:statement_id>/versions")
@access("staff", Permission.SEE)
def list_versions(statement_id: int) -> ResponseReturnValue:
    """All versions, newest first."""
    statement = statements.get(db.session(), statement_id)
    page = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    found, total = versions.listed(db.session(), statement, page)
    return render_template(
        "console/statement_versions.html",
        statement=statement,
        found=[(kept, act_words(kept)) for kept in found],
        page=page,
        pages=-(-total // versions.PAGE_SIZE) or 1,
        problems=(),
    )


@console.get("/statements/<int:statement_id>/versions/<int:number>")
@access("staff", Permission.SEE)
def show_version(statement_id: int, number: int) -> ResponseReturnValue:
    """One version: what it changed, or, by `?with=`, how it differs from another one."""
    statement = statements.get(db.session(), statement_id)
    kept = versions.find(db.session(), statement, number)
    return _version_page(statement, kept)


@console.post("/statements/<int:statement_id>/versions/<int:number>/restore")
@access("staff", Permission.WRITE)
def restore_version(statement_id: int, number: int) -> ResponseReturnValue:
    """Make this version the newest one; what stands now stays as a version."""
    statement = statements.get(db.session(), statement_id)
    seen = request.form.get("version", 0, type=int)
    try:
        lost = statements.restore(db.session(), statement, number, version=seen, author_id=staff().id)
    except (Conflict, Invalid) as refused:
        db.session.rollback()
        status = 409 if isinstance(refused, Conflict) else 400
        statement = statements.get(db.session(), statement_id)
        return _version_page(statement, versions.find(db.session(), statement, number), refused), status
    note_statement("restore", statement, version=number)
    images.remove_orphans(db.session(), installation().now())
    db.session.commit()
    flash(_("Version %(number)d is back. It is the newest version now.", number=number))
    for words in lost:
        flash(words, "warning")
    return redirect(url_for("console.show_statement", statement_id=statement.id), SEE_OTHER)


def act_words(kept: Kept) -> str:
    """What made a version, in words."""
    language = language_name(kept.about) if kept.act in {Act.TRANSLATED, Act.TRANSLATION_REMOVED} else ""
    words = {
        Act.CREATED: _("Written"),
        Act.SAVED: _("Saved"),
        Act.CORRECTED: _("Corrected"),
        Act.TRANSLATED: _("%(language)s saved", language=language),
        Act.TRANSLATION_REMOVED: _("%(language)s removed", language=language),
        Act.RESTORED: _("Version %(number)s brought back", number=kept.about),
        Act.PUBLISHED: _("Published"),
        Act.WITHDRAWN: _("Withdrawn"),
        Act.BEFORE: _("As it was when versions began to be kept"),
    }
    return str(words[kept.act])


def _version_page(statement: Statement, kept: Kept, refused: Conflict | Invalid | None = None) -> str:
    number = kept.version.version
    compared = request.args.get("with", type=int)
    if compared is None:
        earlier = versions.before(db.session(), statement, number)
    else:
        earlier = versions.find(db.session(), statement, compared).version
    changes = fields_changed(earlier.content, kept.version.content) if earlier else []
    page: str = render_template(
        "console/statement_version.html",
        statement=statement,
        kept=kept,
        act=act_words(kept),
        earlier=earlier,
        changes=changes,
        names=field_names(),
        is_newest=number == statement.version,
        problems=_problems(refused),
    )
    return page


def field_names() -> Mapping[str, str]:
    """The names of everything that a version keeps."""
    return {**labels(), "image_is_decorative": _("Only decoration"), "correction": _("Note about a correction")}


def _problems(refused: Conflict | Invalid | None) -> Sequence[Problem]:
    if isinstance(refused, Invalid):
        return refused.problems
    return [Problem(str(refused))] if refused else ()
