"""Further languages of a statement: added, edited beside the original, and removed."""

from typing import Any
from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import conflicts, returning, unsaved
from app.console.door import SEE_OTHER, console, staff
from app.console.statement_acts import note_statement
from app.console.statement_conflicts import keep_typed
from app.console.statement_form_page import collecting
from app.console.translation_form import TranslationForm, translated_labels
from app.db import db
from app.errors import Conflict, Invalid, NotFound, Problem
from app.models import Statement
from app.permissions import Permission
from app.services import languages, statements
from app.services.languages import TRANSLATED
from app.services.statements import canonical_language, translation_in, versions
from app.web.access import access
from app.web.installation import installation
from app.web.pages import language_name


@console.get("/statements/<int:statement_id>/languages")
@access("staff", Permission.WRITE)
def choose_language(statement_id: int) -> ResponseReturnValue:
    """Ask which language to add; once one is chosen, go on to its form."""
    statement = statements.get(db.session(), statement_id)
    wanted = request.args.get("other", "").strip() or request.args.get("tag", "")
    problems: list[Problem] = []
    if wanted:
        try:
            tag = canonical_language(wanted)
        except Invalid as refused:
            problems = [Problem(problem.message, field="other") for problem in refused.problems]
        else:
            if tag == statement.language:
                return redirect(url_for("console.edit_statement", statement_id=statement.id), SEE_OTHER)
            return redirect(unsaved.form_url(statement, tag), SEE_OTHER)
    elif "tag" in request.args:
        problems.append(Problem(_("Choose a language, or write its code."), field="tag"))
    there = languages.tags(statement)
    page = render_template(
        "console/statement_languages.html",
        statement=statement,
        offered=[tag for tag in installation().settings.languages if tag not in there],
        typed=request.args,
        problems=problems,
    )
    return make_response(page, 400 if problems else 200)


@console.get("/statements/<int:statement_id>/languages/<language>/edit")
@access("staff", Permission.WRITE)
def edit_translation(statement_id: int, language: str) -> ResponseReturnValue:
    """The form with what is saved in this language, or with what was typed in it after that."""
    statement, tag = _found(statement_id, language)
    typed = unsaved.wanted(statement, tag)
    form = TranslationForm.posted(unsaved.as_posted(typed)) if typed else TranslationForm.of(statement, tag)
    return translation_page(form, statement, tag)


@console.post("/statements/<int:statement_id>/languages/<language>/edit")
@access("staff", Permission.WRITE)
def save_translation(statement_id: int, language: str) -> ResponseReturnValue:
    """Save the words of this language; if somebody else saved them in between, both are shown."""
    statement, tag = _found(statement_id, language)
    form = TranslationForm.posted(request.form)
    version = form.version
    if not versions.changed_since(db.session(), statement, version, tag):
        version = statement.version
    try:
        with collecting(form):
            texts = form.content(statement)
            statements.save_translation(db.session(), statement, tag, texts, version=version, author_id=staff().id)
    except Conflict:
        db.session.rollback()
        return _beaten(form, statements.get(db.session(), statement_id), tag)
    if form.problems:
        return translation_page(form, statement, tag)
    note_statement("translate", statement, language=tag)
    return _saved(statement, tag, form.key)


@returning.reopens("console.save_translation", "console.merge_translation")
def translation_typed_again(statement_id: int, language: str) -> Response:
    """The form with everything that was typed, not saved: its author signed in again after opening it."""
    statement, tag = _found(statement_id, language)
    form = TranslationForm.posted(request.form)
    form.problems.append(Problem(returning.why()))
    return translation_page(form, statement, tag)


@console.post("/statements/<int:statement_id>/languages/<language>/merge")
@access("staff", Permission.WRITE)
def merge_translation(statement_id: int, language: str) -> ResponseReturnValue:
    """The form again, with what was chosen of mine and theirs; somebody may have saved once more meanwhile."""
    statement, tag = _found(statement_id, language)
    mine = TranslationForm.posted(request.form)
    base = request.form.get("base", 0, type=int)
    if mine.version != statement.version:
        mine.version = base
        return _conflict_page(mine, statement, tag)
    theirs, began = TranslationForm.of(statement, tag), _began(statement, base, tag)
    for name in TRANSLATED:
        choice = request.form.get(f"take_{name}", "")
        before = began.get(name) if began else None
        mine.texts[name] = conflicts.put_together(name, mine.texts[name], theirs.texts[name], before, choice)
    return translation_page(mine, statement, tag)


@console.get("/statements/<int:statement_id>/languages/<language>/remove")
@access("staff", Permission.WRITE)
def confirm_removal(statement_id: int, language: str) -> ResponseReturnValue:
    """Ask whether to remove this language."""
    statement, tag = _found(statement_id, language)
    if translation_in(statement, tag) is None:
        raise NotFound(_("The statement has no version in this language."))
    return render_template("console/statement_removal.html", statement=statement, language=tag)


@console.post("/statements/<int:statement_id>/languages/<language>/remove")
@access("staff", Permission.WRITE)
def remove_translation(statement_id: int, language: str) -> ResponseReturnValue:
    """Remove this language; the versions still have it."""
    statement, tag = _found(statement_id, language)
    version = request.form.get("version", 0, type=int)
    statements.remove_translation(db.session(), statement, tag, version=version, author_id=staff().id)
    note_statement("remove_translation", statement, language=tag)
    db.session.commit()
    flash(_("%(language)s is removed. The versions still have it.", language=language_name(tag)))
    return redirect(url_for("console.show_statement", statement_id=statement.id), SEE_OTHER)


def _found(statement_id: int, language: str) -> tuple[Statement, str]:
    """The statement, and the language in its usual letters; NotFound for what is no language."""
    statement = statements.get(db.session(), statement_id)
    try:
        return statement, canonical_language(language)
    except Invalid as refused:
        raise NotFound(_("There is no such language.")) from refused


def translation_page(form: TranslationForm, statement: Statement, language: str) -> Response:
    """The form, with an offer of what was typed in it before and not saved."""
    db.session.rollback()
    if language == statement.language:
        return make_response(redirect(unsaved.form_url(statement), SEE_OTHER))
    page = render_template(
        "console/translation_form.html",
        form=form,
        statement=statement,
        language=language,
        is_new=translation_in(statement, language) is None,
        labels=translated_labels(statement),
        offer=unsaved.offered(statement, language, but=form.key),
        others=unsaved.others_words(statement),
        problems=form.problems,
    )
    return make_response(page, 400 if form.problems else 200)


def _saved(statement: Statement, language: str, key: UUID | None) -> Response:
    unsaved.settle(statement, language, key=key)
    db.session.commit()
    flash(_("%(language)s is saved.", language=language_name(language)))
    target = url_for("console.show_statement", statement_id=statement.id, language=language)
    return make_response(redirect(target, SEE_OTHER))


def _beaten(form: TranslationForm, statement: Statement, language: str) -> Response:
    """Somebody saved first. If that was the same (a second press of the button), there is nothing to decide."""
    if not form.problems and form.says_the_same(TranslationForm.of(statement, language)):
        return _saved(statement, language, form.key)
    return _conflict_page(form, statement, language)


def _conflict_page(mine: TranslationForm, statement: Statement, language: str) -> Response:
    base = mine.version
    keep_typed(statement, language, base)
    theirs = TranslationForm.of(statement, language)
    mine.version = statement.version
    of_it: dict[str, Any] = {"statement_id": statement.id, "language": language}
    differing = conflicts.differing(
        mine.texts, theirs.texts, _began(statement, base, language), translated_labels(statement)
    )
    page = render_template(
        "console/conflict.html",
        statement=statement,
        language=language,
        differing=differing,
        fields=[*mine.pairs(), ("base", str(base))],
        urls={
            "merge": url_for("console.merge_translation", **of_it),
            "save": url_for("console.save_translation", **of_it),
            "leave": url_for("console.show_statement", **of_it),
        },
        moved=False,
    )
    return make_response(page, 409)


def _began(statement: Statement, number: int, language: str) -> dict[str, str] | None:
    """The words of the language in the version that both began with, as far as it was kept."""
    kept = versions.words_at(db.session(), statement, number)
    words: dict[str, str] | None = kept["translations"].get(language) if kept else None
    return words
