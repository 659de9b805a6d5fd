"""In which language somebody gets a statement that is there in several."""

from datetime import date

import pytest

from app.errors import NotFound
from app.models import Statement, Translation
from app.services import languages
from app.services.languages import choose, fallback_order

OFFERED = ("en", "fr", "pt-BR")


def statement(*others: str, language: str = "en") -> Statement:
    made = Statement(
        language=language, title="Doors", standfirst="", easy_summary="", body="Open.",
        signatory_name="Ana", signatory_role="Director",
        contact_name="", contact_role="", contact_email="", contact_phone="", image_alt="", image_is_decorative=False,
        issued_on=date(2026, 11, 24), slug="doors", correction="",
    )  # fmt: skip
    made.translations = [
        Translation(language=tag, title=f"Doors, {tag}", standfirst="", easy_summary="",
                    body=f"Open, {tag}.", image_alt="", correction="",
                    signatory_role=f"D, {tag}", contact_role="")
        for tag in others
    ]  # fmt: skip
    return made


@pytest.mark.parametrize(
    ("wanted", "available", "first"),
    [
        ("fr", ["en", "fr"], "fr"),
        ("FR", ["en", "fr"], "fr"),
        ("pt-BR", ["en", "pt"], "pt"),
        ("pt", ["en", "pt-BR"], "pt-BR"),
        ("pt-PT", ["en", "pt-BR", "pt"], "pt"),
        ("zh-Hant-HK", ["zh-Hans", "zh-Hant"], "zh-Hant"),
        ("ar", ["de", "en", "fr"], "en"),
        ("ar", ["de", "fr"], "de"),
        ("", ["de", "en"], "en"),
        ("e", ["de", "en"], "en"),
        ("eng", ["de", "en-GB"], "en-GB"),
        ("x" * 500, ["de"], "de"),
    ],
)
def test_a_reader_gets_their_language_or_another_form_of_it_or_the_sites_or_the_original(wanted, available, first):
    order = fallback_order(wanted, available, "de", OFFERED)
    assert order[0] == first
    assert sorted(order) == sorted(available)


def test_where_neither_the_site_nor_the_original_is_there_any_language_is_better_than_none():
    assert fallback_order("ja", ["sw", "tr"], "de", OFFERED) == ["sw", "tr"]
    assert fallback_order("ja", ["sw"], "de", ()) == ["sw"]


def test_a_second_wish_goes_before_the_sites_language():
    assert choose(["ja", "fr-CA", "en"], ["en", "fr"], "en", OFFERED) == "fr"
    assert choose(["ja", "*", ""], ["en", "fr"], "fr", OFFERED) == "en"
    assert choose([], ["de", "sw"], "sw", OFFERED) == "sw"


def test_a_version_has_the_words_of_its_language_and_all_else_of_the_statement():
    made = statement("ar", "fr")
    assert languages.tags(made) == ["en", "ar", "fr"]
    first, arabic, _ = languages.versions(made)
    assert (first.title, first.is_original, first.path_language, first.direction) == ("Doors", True, None, "ltr")
    assert (arabic.title, arabic.body, arabic.signatory_role) == ("Doors, ar", "Open, ar.", "D, ar")
    assert (arabic.signatory_name, arabic.slug, arabic.issued_on) == ("Ana", "doors", date(2026, 11, 24))
    assert (arabic.is_original, arabic.path_language, arabic.direction) == (False, "ar", "rtl")


def test_a_version_is_found_whatever_the_case_of_its_tag_and_only_if_it_is_there():
    made = statement("pt-BR")
    assert languages.version_for(made, "PT-br").language == "pt-BR"
    with pytest.raises(NotFound):
        languages.version_for(made, "pt")


def test_the_best_version_is_chosen_from_all_wishes():
    assert languages.best_version(statement("fr", "ar"), ["de", "ar-EG"], OFFERED).language == "ar"
    assert languages.best_version(statement("fr", language="de"), ["sw"], ("fr",)).language == "fr"
