"""A statement in several languages on the public pages: each language has an address, visitors see theirs in lists."""

import pytest
from bs4 import BeautifulSoup

from app.models import Translation
from tests.flows.newsletter import Newsletter

ARABIC = {"title": "باب لكل إنسان", "standfirst": "نطلب منحدرات", "body": "أربعون مكتبة في مدينتنا."}
FRENCH = {
    "title": "Une porte pour chacun",
    "standfirst": "Nous demandons des rampes",
    "body": "Quarante {{ first_name | amis }}.",
}


@pytest.fixture
def several(newsletter: Newsletter) -> Newsletter:
    """A statement in English, Arabic and French, and one in English alone."""
    newsletter.offer("statements")
    newsletter.publish("Only in English")
    made = newsletter.publish("A door for everybody", standfirst="We ask for ramps", signatory_name="Amara Okoye")
    for language, words in (("ar", ARABIC), ("fr", FRENCH)):
        made.translations.append(Translation(language=language, **words))
    newsletter.session.commit()
    return newsletter


def page(newsletter: Newsletter, path: str, **headers: str) -> BeautifulSoup:
    answer = newsletter.get(path, **headers)
    assert answer.status_code == 200, path
    return BeautifulSoup(answer.text, "lxml")


def test_the_short_address_shows_the_original_whatever_the_visitor_speaks(several):
    shown = page(several, "/statements/a-door-for-everybody", Accept_Language="fr")
    assert shown.h1.get_text() == "A door for everybody"


def test_each_translation_has_an_address_and_says_its_language_and_direction(several):
    shown = page(several, "/statements/a-door-for-everybody/ar")
    article = shown.find("article")
    assert (article["lang"], article["dir"]) == ("ar", "rtl")
    assert shown.h1.get_text() == ARABIC["title"]
    assert ARABIC["body"] in article.get_text()
    assert "Amara Okoye" in article.get_text()
    assert shown.find("link", rel="canonical")["href"].endswith("/statements/a-door-for-everybody/ar")


def test_merge_fields_show_their_fallback_in_a_translation_too(several):
    assert "Quarante amis." in page(several, "/statements/a-door-for-everybody/fr").get_text()


def test_every_version_links_to_all_the_others_in_their_own_language(several):
    for path in ("", "/ar", "/fr"):
        shown = page(several, f"/statements/a-door-for-everybody{path}")
        links = shown.find("nav", attrs={"aria-label": "Languages of this statement"}).find_all("a")
        assert [(link["hreflang"], link["lang"], link["dir"]) for link in links] == [
            ("en", "en", "ltr"), ("ar", "ar", "rtl"), ("fr", "fr", "ltr"),
        ]  # fmt: skip
        assert [link.get_text() for link in links] == ["English", "العربية", "Français"]
        assert [link["hreflang"] for link in links if link.get("aria-current")] == [path.strip("/") or "en"]
        alternates = {link["hreflang"]: link["href"] for link in shown.find_all("link", rel="alternate", hreflang=True)}
        assert set(alternates) == {"en", "ar", "fr", "x-default"}
        assert alternates["fr"].startswith("http")
        assert alternates["x-default"] == alternates["en"]


def test_a_statement_in_one_language_offers_no_others(several):
    shown = page(several, "/statements/only-in-english")
    assert shown.find("nav", attrs={"aria-label": "Languages of this statement"}) is None
    assert shown.find("link", hreflang=True) is None


@pytest.mark.parametrize(("asked", "led_to"), [("en", ""), ("FR", "/fr"), ("Ar", "/ar")])
def test_another_spelling_of_an_address_leads_to_the_right_one(several, asked, led_to):
    answer = several.get(f"/statements/a-door-for-everybody/{asked}")
    assert answer.status_code == 302
    assert answer.location == f"/statements/a-door-for-everybody{led_to}"


@pytest.mark.parametrize("language", ["de", "fr-CA", "x", "<script>", "fr/.."])
def test_there_is_nothing_at_the_address_of_a_language_that_is_missing(several, language):
    answer = several.get(f"/statements/a-door-for-everybody/{language}")
    assert answer.status_code == 404
    assert "<script>" not in answer.text


@pytest.mark.parametrize("path", ["/", "/statements"])
def test_lists_show_a_title_in_the_visitors_language_and_link_to_it(several, path):
    shown = page(several, path, Accept_Language="ar-EG, en;q=0.5")
    link = shown.main.find("a", hreflang="ar")
    assert link.get_text() == ARABIC["title"]
    assert link["href"] == "/statements/a-door-for-everybody/ar"
    around = link.find_parent("div")
    assert (around["lang"], around["dir"]) == ("ar", "rtl")
    assert shown.find("a", string="Only in English")["hreflang"] == "en"


def test_lists_show_the_sites_language_to_those_whose_language_is_missing(several):
    shown = page(several, "/statements", Accept_Language="ja")
    assert shown.find("a", string="A door for everybody")["href"] == "/statements/a-door-for-everybody"


def test_a_visitor_may_ask_for_a_language(several):
    assert page(several, "/statements?lang=fr", Accept_Language="ar").find("a", string=FRENCH["title"])


def test_caches_keep_the_lists_of_different_languages_apart(several):
    french = several.get("/statements", Accept_Language="fr")
    assert "Accept-Language" in french.headers["Vary"]
    assert french.headers["ETag"] != several.get("/statements", Accept_Language="en").headers["ETag"]


def test_feeds_speak_the_visitors_language_and_keep_their_ids(several):
    feed = BeautifulSoup(several.get("/feed.atom", Accept_Language="fr").text, "xml")
    entry = next(entry for entry in feed.find_all("entry") if entry.title.get_text() == FRENCH["title"])
    assert entry["xml:lang"] == "fr"
    assert entry.id.get_text().endswith("/statements/a-door-for-everybody")
    assert entry.link["href"].endswith("/statements/a-door-for-everybody/fr")
    assert "Quarante amis." in entry.content.get_text()
    items = several.get("/feed.json", Accept_Language="ar").json["items"]
    item = next(item for item in items if item["language"] == "ar")
    assert (item["title"], item["summary"]) == (ARABIC["title"], ARABIC["standfirst"])
    assert item["url"].endswith("/ar")


def test_the_sitemap_lists_every_version(several):
    addresses = [loc.get_text() for loc in BeautifulSoup(several.get("/sitemap.xml").text, "xml").find_all("loc")]
    found = [address.partition("/statements/")[2] for address in addresses if "/statements/" in address]
    assert sorted(found) == [
        "a-door-for-everybody",
        "a-door-for-everybody/ar",
        "a-door-for-everybody/fr",
        "only-in-english",
    ]
