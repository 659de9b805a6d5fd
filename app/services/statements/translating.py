"""Further languages of a statement: their words are saved as saves of the statement."""

from dataclasses import replace

from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, NotFound, Problem
from app.models import Statement, Translation
from app.services.languages import TRANSLATED
from app.services.statement_texts import LONGEST_CORRECTION, TranslatedTexts
from app.services.statements import versions
from app.services.statements.content import canonical_language, text_problems, tidied, tidy
from app.services.statements.versions import Act


def translation_in(statement: Statement, language: str) -> Translation | None:
    """The statement's words in this language besides the original, whatever the case of the tag."""
    wanted = language.lower()
    return next((one for one in statement.translations if one.language.lower() == wanted), None)


def save_translation(
    session: Session,
    statement: Statement,
    language: str,
    texts: TranslatedTexts,
    *,
    version: int,
    author_id: int | None = None,
) -> Translation:
    """Put the words of one more language in, or replace them; names, date, topics and image are the statement's.

    Raises Conflict if somebody saved any language after `version`, Invalid for words that can't stay, for what is no
    language, and for the language of the original.
    """
    language = canonical_language(language)
    versions.demand_unchanged(statement, version)
    texts = replace(tidied(texts), correction=tidy(texts.correction))
    problems = text_problems(texts)
    if len(texts.correction) > LONGEST_CORRECTION:
        problems.append(Problem(f"Say it in {LONGEST_CORRECTION} characters at most.", field="correction"))
    if language == statement.language:
        words = "The statement is written in this language. Edit the statement itself."
        problems.append(Problem(words, field="language"))
    if problems:
        raise Invalid(*problems)
    versions.keep_unkept(session, statement)
    translation = translation_in(statement, language)
    with session.no_autoflush:
        if translation is None:
            translation = Translation(language=language)
            statement.translations.append(translation)
        for name in TRANSLATED:
            setattr(translation, name, getattr(texts, name))
    versions.count_save(session, statement, Act.TRANSLATED, author_id, language_changed=language)
    return translation


def remove_translation(
    session: Session, statement: Statement, language: str, *, version: int, author_id: int | None = None
) -> None:
    """Take a language away; the versions still have it. Raises NotFound, or Conflict if somebody saved meanwhile."""
    translation = translation_in(statement, language)
    if translation is None:
        raise NotFound("The statement has no version in this language.")
    if statement.version != version:
        raise Conflict("The statement was changed after you opened this page. Look at it again, then remove it.")
    versions.keep_unkept(session, statement)
    statement.translations.remove(translation)
    about = {"language_changed": translation.language}
    versions.count_save(session, statement, Act.TRANSLATION_REMOVED, author_id, **about)
