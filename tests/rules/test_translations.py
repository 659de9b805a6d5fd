"""Guard-rails over the catalogues: every word for readers is there in every language, and says the same things."""

import re
from collections.abc import Iterator

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from app.translations import SOURCE, catalogue_path, languages
from app.translations.__main__ import forms
from app.translations.collecting import collect

SPOKEN = [tag for tag in languages() if tag != SOURCE]
VALUE = re.compile(r"%\((\w+)\)[sd]")
MEND = "Run `make messages`, then translate what it names; see docs/languages.md."


@pytest.fixture(scope="module")
def template() -> Catalog:
    return collect()


@pytest.fixture(scope="module", params=SPOKEN)
def known(request) -> Catalog:
    with catalogue_path(request.param).open("rb") as file:
        return read_po(file, locale=Locale.parse(request.param, sep="-"))


def messages(found: Catalog) -> Iterator[Message]:
    return (message for message in found if message.id)


def key(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def values(text: str) -> list[str]:
    return sorted(VALUE.findall(text))


def test_the_five_languages_are_there():
    assert {"en", "fr", "de", "es", "ar"} <= set(languages())


def test_the_code_is_read_where_readers_are_spoken_to(template):
    found = {message.id for message in messages(template) if isinstance(message.id, str)}
    assert {"Subscribe", "Unsubscribe", "Too many attempts", "This link is too old."} <= found
    assert not any("Set a new password" in one for one in found), "staff are spoken to in English"


def test_every_word_is_in_every_catalogue_and_no_word_that_is_gone(known, template):
    expected, there = {key(one) for one in messages(template)}, {key(one) for one in messages(known)}
    assert {"missing": expected - there, "gone": there - expected} == {"missing": set(), "gone": set()}, MEND


def test_nothing_is_left_untranslated_or_unsure(known):
    assert [key(one) for one in messages(known) if one.fuzzy or not all(text.strip() for text in forms(one))] == [], (
        MEND
    )


def test_every_plural_form_of_the_language_is_there(known):
    for message in messages(known):
        if message.pluralizable:
            assert len(forms(message)) == known.num_plurals, message.id


def test_translations_hold_the_same_values(known):
    wrong = []
    for message in messages(known):
        expected = values(key(message)[-1])
        for text in forms(message):
            may_lack = {"num"} if message.pluralizable else set()
            if values(text) != expected and set(expected) - set(values(text)) != may_lack:
                wrong.append(text)
            try:
                text % dict.fromkeys(expected, 1)
            except (KeyError, ValueError, TypeError) as error:
                wrong.append(f"{text}: {error}")
    assert wrong == []


def test_translations_have_the_spaces_and_the_end_of_the_original(known):
    """A sentence stays a sentence, and what ends in a colon leads to something."""
    ends = {".": ".", "?": "?؟", ":": ":"}
    wrong = []
    for message in messages(known):
        english = key(message)[0]
        for text in forms(message):
            expected = ends.get(english[-1])
            is_fine = text == text.strip() and (text[-1] in expected if expected else text[-1] not in ".:")
            wrong += [] if is_fine else [text]
    assert wrong == []
