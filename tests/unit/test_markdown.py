"""What authors write comes out safe, well ordered, and the same in both readings."""

import re
from collections import Counter

import nh3
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from app.mail.markdown import isolate_addresses, to_html, to_text
from app.mail.plaintext import width, wrap

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[words](javascript:alert(1))",
    "[words](data:text/html;base64,PHNjcmlwdD4=)",
    "![picture](data:image/svg+xml;base64,PHN2Zz4=)",
    '<a href="&#106;avascript:alert(1)">words</a>',
    '<a href="https://example.org" onclick="alert(1)" style="position:fixed">words</a>',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<iframe src='https://example.org'></iframe>",
    "<form action='https://example.org'><input name=a></form>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<div style='background:url(https://example.org/a.png)'>words</div>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "<!-- comment --> words",
]
MARKDOWN = st.lists(
    st.sampled_from(["# ", "### ", "\n\n", "\n", "- ", "1. ", "> ", "    ", "**", "_", "`", "|a|\n|-|\n|b|\n", "<div>",
                     "<b>", "</p>", "<table><tr><td>", "<h1>", "[a](https://example.org)", "![a](/b)", "<br>", "&amp;",
                     "<span dir=rtl>", "\\", "\0", "\ue000x\ue001", "漢字", "ب", "🎉"])
    | st.text(max_size=8),
    max_size=25,
).map("".join)  # fmt: skip


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.casefold()))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_active_or_loaded_from_elsewhere_survives(text: str) -> None:
    html = to_html(text).lower()
    tree = BeautifulSoup(f"<div>{html}</div>", "html.parser")
    assert not tree.find(["script", "svg", "math", "iframe", "form", "input", "meta", "style", "img"])
    assert all(name not in tag.attrs for tag in tree.find_all(True) for name in ("style", "onclick", "onerror"))
    assert all(str(link.get("href", "https:")).startswith("https:") for link in tree.find_all("a"))


@pytest.mark.parametrize("text", HOSTILE)
def test_cleaning_hostile_text_again_changes_nothing(text: str) -> None:
    once = to_html(text)
    assert to_html(f"<div>{once}</div>").strip() == f"<div>{once}</div>".strip()


@given(MARKDOWN)
def test_any_text_gives_html_that_is_clean_already(text: str) -> None:
    html = to_html(text)
    tags = {str(tag.name) for tag in BeautifulSoup(f"<div>{html}</div>", "html.parser").find_all(True)}
    kept = {"*": {"href", "src", "alt", "width", "height", "start", "lang", "dir", "align", "scope", "role"}}
    again = nh3.clean(html, tags=tags, attributes=kept, link_rel=None, url_schemes={"https"})
    assert again == html


@given(MARKDOWN)
def test_any_text_keeps_its_order_of_headings(text: str) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])>", to_html(text))]
    assert 1 not in levels
    assert all(after <= before + 1 for before, after in zip([1, *levels], levels, strict=False))


@given(MARKDOWN)
def test_plain_text_has_every_word_of_the_html(text: str) -> None:
    seen = BeautifulSoup(f"<div>{to_html(text)}</div>", "html.parser").get_text(" ")
    missing = "".join(words(seen) - words(to_text(text)))
    assert all(character in "".join(words(to_text(text))) for character in missing)


@given(MARKDOWN)
def test_plain_text_fits_its_columns(text: str) -> None:
    long = [line for line in to_text(text).split("\n") if width(line) > 78 and "://" not in line and "@" not in line]
    assert not [line for line in long if not line.startswith("    ")]


def test_headings_begin_below_the_title_and_skip_no_level() -> None:
    html = to_html("# One\n\n### Two\n\n## Three\n\n#### Four\n\n# Five")
    assert re.findall(r"<h(\d)>(\w+)", html) == [
        ("2", "One"), ("3", "Two"), ("3", "Three"), ("4", "Four"), ("2", "Five"),
    ]  # fmt: skip


def test_a_text_that_begins_at_the_third_level_begins_at_the_second() -> None:
    assert to_html("### One\n\n### Two").count("<h2>") == 2


def test_empty_headings_vanish() -> None:
    assert "<h" not in to_html("#\n\n<h2><b> </b></h2>\n\nwords")


def test_headings_of_tables_say_what_they_head() -> None:
    html = to_html("| | Men | Women |\n|-|-:|:-:|\n| Harbour | 4 | 5 |")
    assert '<th align="right" scope="col">Men</th>' in html
    assert '<td align="center">5</td>' in html
    assert html.count("<th") - html.count("<thead") == 2


def test_a_table_without_headings_is_marked_as_layout() -> None:
    assert '<table role="presentation">' in to_html("<table><tr><td>words</td></tr></table>")


def test_braces_are_text() -> None:
    assert to_html("{{ 7*7 }} {% raw %}") == "<p>{{ 7*7 }} {% raw %}</p>\n"


def test_a_passage_may_say_its_language_and_direction() -> None:
    assert '<span dir="rtl" lang="ar">' in to_html('He said <span lang="ar" dir="rtl">سلام</span>.')


def test_a_link_without_a_whole_address_keeps_its_words_only() -> None:
    assert to_html("[our page](/about)") == "<p>our page</p>\n"


def test_a_picture_that_mails_cannot_load_is_replaced_by_its_description() -> None:
    assert to_html("![Two people](cid:1)") == "<p>Two people</p>\n"


def test_thousands_of_nested_tags_do_no_harm() -> None:
    assert "deep" in to_html("<div>" * 5000 + "deep")
    assert "deep" in to_text("> " * 40 + "deep")
    assert "deep" in to_text("".join("  " * level + "- a\n" for level in range(40)) + "  " * 40 + "- deep")


def test_plain_text_numbers_its_links_and_lists_them_at_the_end() -> None:
    text = to_text(
        "See [the law](https://example.org/law?a=1&b=2), [the vote](https://example.org/vote) and "
        "[that law](https://example.org/law?a=1&b=2) again."
    )
    assert text == (
        "See the law [1], the vote [2] and that law [1] again.\n\n"
        "[1] https://example.org/law?a=1&b=2\n[2] https://example.org/vote"
    )


def test_plain_text_says_an_address_once() -> None:
    assert to_text("<press@example.org> or [write to us](mailto:us@example.org?subject=Hello)") == (
        "press@example.org or write to us (us@example.org)"
    )
    assert to_text("<https://example.org/a>") == "https://example.org/a"


def test_plain_text_sets_headings_apart() -> None:
    assert to_text("One.\n\n## Now\n\nTwo.") == "One.\n\n\nNow\n\nTwo."


def test_plain_text_indents_lists() -> None:
    assert to_text("1. one\n   - two\n   - three\n2. four") == "1. one\n   - two\n   - three\n2. four"


def test_plain_text_keeps_paragraphs_in_lists_apart() -> None:
    assert to_text("- one\n\n  more\n- two") == "- one\n\n  more\n\n- two"


def test_plain_text_counts_on_from_where_a_list_starts() -> None:
    assert to_text("9. nine\n10. ten") == "9. nine\n10. ten"


def test_plain_text_marks_quotes_breaks_and_rules() -> None:
    assert to_text("> one\\\n> two\n\n***\n\nthree") == "> one\n> two\n\n* * *\n\nthree"


def test_plain_text_reads_tables_out_row_by_row() -> None:
    text = to_text("| District | Crossings |\n|-|-|\n| Harbour | 412 |\n| Hillside | |")
    assert text == "District: Harbour; Crossings: 412\n\nDistrict: Hillside; Crossings: –"


def test_plain_text_describes_pictures() -> None:
    assert to_text("![Two people](https://example.org/a.png) ![](https://example.org/b.png)") == "[Two people]"


def test_chinese_is_wrapped_where_its_lines_may_end() -> None:
    lines = to_text("我们欢迎市议会的决定。" * 20).split("\n")
    assert all(60 < width(line) <= 76 for line in lines[:-1])
    assert not any(line.startswith("。") for line in lines)


def test_addresses_are_never_broken() -> None:
    address = "https://example.org/" + "a" * 100
    assert wrap(f"see {address} there", first="- ", rest="  ") == ["- see", f"  {address}", "  there"]


def test_numbers_and_addresses_stay_together_in_right_to_left_text() -> None:
    html = isolate_addresses("<p>اتصل +1 (202) 555-0143 أو <a href='mailto:a@example.org'>a@example.org</a></p>")
    assert "<bdi>+1 (202) 555-0143</bdi>" in html
    assert '<a href="mailto:a@example.org"><bdi>a@example.org</bdi></a>' in html
