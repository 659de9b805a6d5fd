"""What an author decides about a statement, and what of it may be kept."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar
from uuid import UUID

from app.errors import Invalid, Problem
from app.mail import merge_fields
from app.mail.address import EmailAddress
from app.mail.markdown import field_problems
from app.mail.merge_fields import for_everybody
from app.models import Topic
from app.services.statement_texts import LIMITS, StatementTexts, texts_of

Texts = TypeVar("Texts", bound=StatementTexts)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_LONGEST_LANGUAGE = 12
_YEARS = range(1970, 2101)


@dataclass(slots=True, kw_only=True)
class Content(StatementTexts):
    """A statement in the language in which it is written first; `topic_ids` are those of `app.services.topics`."""

    issued_on: date
    language: str
    image_id: UUID | None = None
    image_is_decorative: bool = False
    topic_ids: tuple[int, ...] = ()


def tidied(texts: Texts) -> Texts:
    """The texts as they are kept; limits hold for these, because normalising can lengthen a text."""
    kept = {name: tidy(text) for name, text in texts_of(texts).items()}
    return replace(texts, **kept | {"title": " ".join(kept["title"].split())})


def text_problems(texts: StatementTexts) -> list[Problem]:
    """What is wrong with tidied texts, one problem per field that can't stay."""
    problems = [*_title_problems(texts.title), *merge_fields.problems(texts.standfirst, "standfirst")]
    problems += merge_fields.problems(texts.easy_summary, "easy_summary")
    problems += field_problems(texts.body, "body")
    for name, text in texts_of(texts).items():
        if len(text) > LIMITS[name]:
            words = f"This is {len(text)} characters long; at most {LIMITS[name]} fit."
            problems.append(Problem(words, field=name))
    if texts.contact_email:
        problems += _address_problems(texts.contact_email)
    return problems


def date_problems(issued_on: date) -> list[Problem]:
    """What is wrong with a day of issue: years of two digits are read as the first century."""
    if issued_on.year in _YEARS:
        return []
    return [Problem(f"Write the year in four digits, from {_YEARS[0]} to {_YEARS[-1]}.", field="issued_on")]


def unready(body: str, topics: Sequence[Topic]) -> list[Problem]:
    """What a statement lacks to be shown to the public."""
    problems = []
    if not body.strip():
        problems.append(Problem("Write the text of the statement first.", field="body"))
    if not topics:
        problems.append(Problem("Choose at least one topic, so that the statement finds its readers.", field="topics"))
    return problems


def language_problems(language: str, taken: Iterable[str] = ()) -> list[Problem]:
    """What is wrong with a language as the one in which a statement is written, where it has others already."""
    try:
        tag = canonical_language(language)
    except Invalid as refused:
        return list(refused.problems)
    if tag in set(taken):
        words = "This statement has a version in this language already. Remove that version, or choose another one."
        return [Problem(words, field="language")]
    return []


def canonical_language(tag: str) -> str:
    """A language tag in its usual letters, such as pt-BR or zh-Hant (RFC 5646 section 2.1.1).

    Raises Invalid (field "language") for what is none; subtags of one character are not taken.
    """
    if not _LANGUAGE.fullmatch(tag) or len(tag) > _LONGEST_LANGUAGE:
        raise Invalid(Problem("Write the language as a short code, such as en or pt-BR.", field="language"))
    first, *others = tag.lower().split("-")
    return "-".join([first, *(_subtag(part) for part in others)])


def _subtag(part: str) -> str:
    if len(part) == 2:
        return part.upper()
    return part.capitalize() if len(part) == 4 and part.isalpha() else part


def _title_problems(title: str) -> list[Problem]:
    problems = merge_fields.problems(title, "title")
    if not any(unicodedata.category(character)[0] in "LNPS" for character in title):
        return [Problem("Give the statement a title.", field="title"), *problems]
    if not for_everybody(title).strip():
        words = "Put more than merge fields into the title; on the web, where readers have no names, it would be empty."
        return [Problem(words, field="title"), *problems]
    return problems


def _address_problems(address: str) -> list[Problem]:
    try:
        EmailAddress.parse(address)
    except Invalid as error:
        return [Problem(problem.message, field="contact_email") for problem in error.problems]
    return []


def tidy(text: str) -> str:
    """Line ends as LF, Unicode as NFC, no control characters, no blanks around."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"}).strip()
