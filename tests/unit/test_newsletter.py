"""A statement as a mail: what readers see, hear and can do with it."""

import re
from datetime import date

import pytest
from bs4 import BeautifulSoup, Tag

from app.mail.encoding import SLOT_CLOSE, SLOT_OPEN, slot, split_slots
from app.mail.newsletter import Lines, Picture, render_newsletter
from tests.unit.mail_samples import BRANDING, LINKS, statement


def page(**changes: object) -> BeautifulSoup:
    return BeautifulSoup(render_newsletter(statement(**changes), BRANDING, LINKS).html, "html.parser")


def text(**changes: object) -> str:
    return render_newsletter(statement(**changes), BRANDING, LINKS).text


def link(tree: BeautifulSoup, words: str) -> Tag:
    found = tree.find("a", string=words)
    assert isinstance(found, Tag), words
    return found


def test_the_subject_is_the_title_and_the_inbox_shows_the_standfirst() -> None:
    rendered = render_newsletter(statement(), BRANDING, LINKS)
    assert rendered.subject == "A crossing for everybody"
    assert rendered.preheader == "Statement by Amara Lindqvist on the vote of the city council"


def test_the_author_may_choose_subject_and_preheader() -> None:
    rendered = render_newsletter(statement(), BRANDING, LINKS, Lines("Safe\nstreets", "Four years"))
    assert (rendered.subject, rendered.preheader) == ("Safe streets", "Four years")
    assert "<title>Safe streets</title>" in rendered.html
    assert "<h1" in rendered.html
    assert "A crossing for everybody" in rendered.html


def test_without_a_standfirst_the_inbox_shows_how_the_text_begins() -> None:
    rendered = render_newsletter(statement(standfirst=""), BRANDING, LINKS)
    assert rendered.preheader.startswith("We welcome the vote of the city council")
    assert len(rendered.preheader) <= 201


def test_everything_that_a_statement_has_stands_in_both_parts() -> None:
    rendered = render_newsletter(statement(), BRANDING, LINKS)
    shown = BeautifulSoup(rendered.html, "html.parser").get_text(" ")
    for words in (
        "November 24, 2026", "A crossing for everybody", "Statement by Amara Lindqvist", "What has to happen now",
        "Director of Advocacy", "Jonas Okafor", "Senior Media Officer", "media@example.org", "+1 (202) 555-0199",
        "Statements and Accessible cities", "12 Harbour Street", "office@example.org", "registered charity",
    ):  # fmt: skip
        assert words in shown
        assert words in rendered.text
    assert "Two people cross a wide street" in rendered.text


def test_readers_find_both_ways_out_at_the_top_and_at_the_end() -> None:
    tree = page()
    assert link(tree, "Manage your subscription or unsubscribe")["href"] == slot("preferences_url")
    assert link(tree, "Unsubscribe")["href"] == slot("unsubscribe_url")
    assert link(tree, "Change topics or language")["href"] == slot("preferences_url")
    assert text().index(slot("preferences_url")) < text().index("A crossing for everybody")
    assert text().count(slot("unsubscribe_url")) == 1


def test_the_statement_can_be_read_on_the_web() -> None:
    assert link(page(), "Read this statement on the web")["href"] == statement().url
    assert statement().url in text()


def test_what_is_missing_leaves_no_trace() -> None:
    bare = {"standfirst": "", "body": "", "signatory_name": "", "signatory_role": "", "picture": None, "topics": ()}
    contact = {"contact_name": "", "contact_role": "", "contact_email": "", "contact_phone": ""}
    tree = page(**bare, **contact)
    assert "Media contact" not in tree.get_text()
    assert not tree.find("img")
    assert all(p.get_text().strip() for p in tree.find_all(["p", "h1", "h2"]))
    assert "\n\n\n\n" not in text(**bare, **contact)


def test_a_picture_keeps_its_proportions_and_its_description() -> None:
    image = page().find("img")
    assert isinstance(image, Tag)
    assert (image["width"], image["height"], image["alt"]) == ("544", "306", "Two people cross a wide street")


def test_a_decoration_has_an_empty_description_and_no_words_in_the_text() -> None:
    decoration = Picture("https://news.example.org/images/1", "", 100, 50)
    image = page(picture=decoration).find("img")
    assert isinstance(image, Tag)
    assert (image["width"], image["alt"]) == ("100", "")
    assert "Picture" not in text(picture=decoration)


def test_an_unusable_contact_address_is_shown_and_not_linked() -> None:
    tree = page(contact_email="[email protected]", contact_phone="ask at the desk")
    assert "[email protected]" in tree.get_text()
    assert not tree.find("a", string=re.compile("protected|desk"))


def test_a_telephone_number_can_be_tapped() -> None:
    assert link(page(), "+1 (202) 555-0199")["href"] == "tel:+12025550199"


def test_an_organisation_named_in_its_own_address_is_not_named_twice() -> None:
    assert "Lantern & Compass\nLantern & Compass" not in text()


@pytest.mark.parametrize(
    ("language", "spelled"),
    [("de", "24. November 2026"), ("fr", "24 novembre 2026"), ("es", "24 de noviembre de 2026"),
     ("zh-Hant", "2026年11月24日"), ("xx", "November 24, 2026"), ("", "November 24, 2026")],
)  # fmt: skip
def test_the_date_is_spelled_in_the_language_of_the_statement(language: str, spelled: str) -> None:
    assert spelled in text(language=language, issued_on=date(2026, 11, 24))


def test_our_own_words_are_marked_as_english_where_we_do_not_speak_the_language_of_the_statement() -> None:
    tree = page(language="sw")
    assert tree.html is not None
    assert tree.html["lang"] == "sw"
    for words in ("Manage your subscription or unsubscribe", "Media contact", "Unsubscribe", "Email:"):
        found = tree.find(string=words)
        assert found is not None
        assert next(parent["lang"] for parent in found.parents if parent.has_attr("lang")) == "en"


def test_a_statement_in_arabic_runs_from_right_to_left() -> None:
    tree = page(language="ar", title="اتصل على +1 (202) 555-0143", body="- نرحب\n- بقرار")
    assert tree.html is not None
    assert tree.html["dir"] == "rtl"
    heading = tree.find("h1")
    assert heading is not None
    assert "<bdi>+1 (202) 555-0143</bdi>" in str(heading)
    assert "padding-right: 26px" in str(tree.find("ul"))


def test_braces_and_markup_in_plain_fields_are_shown_as_typed() -> None:
    shown = "{{ 7*7 }} <b>{% x %}</b> %(organisation)s & 100 %s"
    typed = f"\\{shown}"
    tree = page(title=typed, standfirst=typed, signatory_name=shown, topics=(shown,))
    assert tree.get_text().count(shown) >= 4
    assert shown in render_newsletter(statement(title=typed), BRANDING, LINKS).subject


def test_an_author_can_make_no_slot() -> None:
    forged = f"{SLOT_OPEN}unsubscribe_url{SLOT_CLOSE} {SLOT_OPEN}"
    rendered = render_newsletter(
        statement(title=forged, body=forged, standfirst=forged, contact_name=forged), BRANDING, LINKS
    )
    assert split_slots(rendered.html)[1::2].count("unsubscribe_url") == 1
    assert split_slots(rendered.text)[1::2].count("unsubscribe_url") == 1


def test_a_standfirst_may_have_two_paragraphs() -> None:
    assert len(page(standfirst="One.\r\n\r\nTwo.").find_all("p", class_="standfirst")) == 2


def test_easy_words_stand_above_the_text_under_a_heading_of_their_own() -> None:
    easy = "They vote.\n\nWe want {{ first_name | you }} to be safe."
    rendered = render_newsletter(statement(easy_summary=easy), BRANDING, LINKS)
    box = BeautifulSoup(rendered.html, "lxml").find("div", class_="easy")
    assert box.h2.get_text() == "In easy words"
    assert len(box.find_all("p")) == 2
    assert rendered.text.index("In easy words") < rendered.text.index("They vote.") < rendered.text.index("welcome")
    without = render_newsletter(statement(easy_summary=" "), BRANDING, LINKS)
    assert "In easy words" not in without.html + without.text


def test_styles_stand_inline_and_the_sheet_only_enhances() -> None:
    rendered = render_newsletter(statement(), BRANDING, LINKS)
    sheets = re.findall(r"<style[^>]*>(.*?)</style>", rendered.html, re.DOTALL)
    assert len(sheets) == 1
    assert "prefers-color-scheme: dark" in sheets[0]
    assert "url(" not in rendered.html


INTRO = "# Tomorrow at ten\n\nDear {{ first_name | friend }}, [come](https://example.org/come).\n\n- bring a friend"


def test_an_intro_stands_above_the_statement_in_both_parts() -> None:
    rendered = render_newsletter(statement(), BRANDING, LINKS, Lines(intro=INTRO))
    tree = BeautifulSoup(rendered.html, "html.parser")
    assert tree.body is not None
    for shown in (tree.body.get_text(" "), rendered.text):
        assert shown.index("bring a friend") < shown.index("A crossing for everybody")
    assert rendered.preheader == "Statement by Amara Lindqvist on the vote of the city council"
    assert any(name.startswith("first_name") for name in split_slots(rendered.html)[1::2])


def test_the_title_stays_the_first_heading_below_an_intro() -> None:
    tree = BeautifulSoup(render_newsletter(statement(), BRANDING, LINKS, Lines(intro=INTRO)).html, "html.parser")
    assert next(heading.name for heading in tree.find_all(re.compile("^h[1-6]$"))) == "h1"
    assert tree.find("strong", string="Tomorrow at ten")


def test_links_of_intro_and_statement_are_numbered_one_after_the_other() -> None:
    written = render_newsletter(statement(), BRANDING, LINKS, Lines(intro=INTRO)).text
    assert "come [1]." in written
    assert "[1] https://example.org/come" in written
    assert "survey of 1,200 crossings [2]" in written.replace("\n", " ")
    assert "[2] https://example.org/survey" in written


def test_an_intro_in_another_language_than_the_statement_says_so() -> None:
    lines = Lines(intro=INTRO, intro_language="en")
    foreign = BeautifulSoup(render_newsletter(statement(language="ar"), BRANDING, LINKS, lines).html, "html.parser")
    same = BeautifulSoup(render_newsletter(statement(), BRANDING, LINKS, lines).html, "html.parser")
    shown = foreign.find(class_="intro")
    assert isinstance(shown, Tag)
    assert (shown["lang"], shown["dir"]) == ("en", "ltr")
    assert "text-align: left" in str(shown["style"])
    alike = same.find(class_="intro")
    assert isinstance(alike, Tag)
    assert not alike.has_attr("lang")


def test_topics_of_either_direction_are_listed_in_their_order_in_an_arabic_mail() -> None:
    tree = page(language="ar", topics=("Statements", "التعليم <1>"))
    reason = tree.find(class_="footer").find("p").decode_contents()
    assert "<bdi><bdi>Statements</bdi> و<bdi>التعليم &lt;1&gt;</bdi></bdi>" in reason
    assert "about Statements and Education &lt;1&gt;" in str(page(topics=("Statements", "Education <1>")))
