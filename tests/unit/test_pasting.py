"""What comes from a clipboard: the structure stays, the looks and everything hidden go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.mail.markdown import to_html
from app.services.pasting import to_markdown
from app.services.statement_reader import is_markup

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta name=Generator content="Microsoft Word 15"><style><!-- p.MsoNormal {mso-style-unhide:no;} --></style>
<!--[if gte mso 9]><xml><o:OfficeDocumentSettings/></xml><![endif]--></head>
<body lang=EN-GB><!--StartFragment-->
<p class=MsoTitle>Every door<o:p></o:p></p>
<h2>What we ask<o:p></o:p></h2>
<p class=MsoNormal><b>Nine</b> of forty libraries have <i>a
ramp</i>.<o:p></o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;
</span></span></span><![endif]>a ramp<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><![if !supportLists]><span
style='mso-list:Ignore'>o<span>&nbsp;&nbsp; </span></span><![endif]>at the front<o:p></o:p></p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='mso-list:Ignore'>·<span>&nbsp; </span></span><![endif]>a door that opens<o:p></o:p></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><![if !supportLists]><span
style='mso-list:Ignore'>1.<span>&nbsp; </span></span><![endif]>now<o:p></o:p></p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><![if !supportLists]><span
style='mso-list:Ignore'>2.<span>&nbsp; </span></span><![endif]>by 2028<o:p></o:p></p>
<p class=MsoNormal style='mso-hide:all'>hidden words</p>
<p class=MsoNormal>Read <a href="https://example.org/report">the report</a>.</p>
<!--EndFragment--></body></html>"""


def test_word_arrives_with_headings_lists_and_links_and_nothing_else():
    assert to_markdown(WORD).markdown == (
        "## Every door\n\n### What we ask\n\n**Nine** of forty libraries have *a ramp*.\n\n"
        "- a ramp\n  - at the front\n- a door that opens\n\n1. now\n2. by 2028\n\n"
        "Read [the report](https://example.org/report)."
    )


def test_google_docs_is_bold_only_where_it_looks_bold():
    html = (
        '<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1"><p dir="ltr">'
        '<span style="font-weight:700;">Bold</span><span style="font-weight:400;"> and </span>'
        '<span style="font-style:italic;">italic</span></p><ul><li><p>one</p></li></ul></b>'
    )
    assert to_markdown(html).markdown == "**Bold** and *italic*\n\n- one"


def test_mail_programs_and_word_for_the_web_say_by_styles_and_roles_what_they_mean():
    html = (
        '<p role="heading" aria-level="2">What we ask</p><div><span style="font-weight:bold">Bold</span> and '
        '<b><span style="font-weight:700">once</span></b></div><div style="display:none">hidden</div>'
    )
    assert to_markdown(html).markdown == "## What we ask\n\n**Bold** and **once**"


def points(kind: str, level: int, *words: str, start: int = 1) -> str:
    """A list as Word for the web puts it on the clipboard."""
    inner = "".join(
        f'<li data-listid="1" data-aria-level="{level}" role="listitem" class="OutlineElement"><p class="Paragraph">'
        f'<span class="TextRun">{one}</span><span class="EOP">&nbsp;</span></p></li>\n'
        for one in words
    )
    style = "BulletListStyle" if kind == "ul" else "NumberListStyle"
    return f'<div class="ListContainerWrapper"><{kind} class="{style}{level}" start="{start}">{inner}</{kind}></div>\n'


def test_lists_from_word_for_the_web_are_as_deep_as_they_were():
    html = (
        points("ul", 1, "a ramp") + points("ol", 2, "at the front") + points("ol", 2, "at the back", start=2)
        + points("ul", 3, "deep") + points("ul", 1, "a door", "a bell") + "<div><p>We ask again:</p></div>"
        + points("ol", 1, "now", start=4) + points("ol", 1, "soon", start=5)
    )  # fmt: skip
    assert to_markdown(html).markdown == (
        "- a ramp\n  1. at the front\n  2. at the back\n     - deep\n- a door\n- a bell\n\n"
        "We ask again:\n\n4. now\n5. soon"
    )


@pytest.mark.parametrize(
    "html",
    [
        '<ul><li data-aria-level="1"><p>one</p></li><li data-aria-level="2"><p>under</p></li><li>two</li></ul>',
        '<ul><li aria-level="1"><p>one</p></li><ul><li aria-level="2"><p>under</p></li></ul><li>two</li></ul>',
        "<ul><li>one</li><ul><li>under</li></ul><li>two</li></ul>",
        "<ul><li>one<ul><li>under</li></ul></li><li>two</li></ul>",
    ],
    ids=["levels alone", "Google Docs", "beside the point", "as HTML means it"],
)
def test_a_deeper_list_goes_into_its_point_however_it_was_written(html):
    assert to_markdown(html).markdown == "- one\n  - under\n- two"


def test_a_list_that_begins_deep_or_says_nonsense_keeps_its_words():
    html = points("ul", 3, "deep") + points("ul", 1, "back") + '<ul><li data-aria-level="x">odd</li></ul>'
    assert to_markdown(html).markdown == "- deep\n\n- back\n\n- odd"


def test_parts_of_a_page_do_not_run_into_each_other():
    html = "<article>One</article><dl><dt>Term</dt><dd>Words</dd></dl><figure><figcaption>Below</figcaption></figure>"
    assert to_markdown(html).markdown == "One\n\nTerm\n\nWords\n\nBelow"


def test_a_web_page_keeps_its_structure():
    html = (
        "<h1>Title</h1><h3>Deeper</h3><p>Text<br>second line</p><blockquote><p>Said.</p></blockquote>"
        "<table><tr><th>Year</th><th>Ramps</th></tr><tr><td>2026</td><td>9</td></tr></table>"
        '<script>alert(1)</script><p onclick="x()">after</p>'
    )
    assert to_markdown(html).markdown == (
        "## Title\n\n#### Deeper\n\nText\\\nsecond line\n\n> Said.\n\n"
        "| Year | Ramps |\n| --- | --- |\n| 2026 | 9 |\n\nafter"
    )


def test_pictures_and_videos_are_left_out_and_told_of():
    pasted = to_markdown('<p>Words<img src="https://example.org/a.png" alt="A door"></p><iframe src="x"></iframe>')
    assert pasted.markdown == "Words"
    assert len(pasted.notes) == 2


@pytest.mark.parametrize("address", ["javascript:alert(1)", "/relative", "#part", "data:text/html,x", "file:///c:/x"])
def test_a_link_that_leads_nowhere_keeps_its_words(address):
    assert to_markdown(f'<p>See <a href="{address}">this</a>.</p>').markdown == "See this."


def test_signs_that_are_markup_are_escaped_and_merge_fields_are_not():
    assert to_markdown("<p>5 * 3 = [x]</p>").markdown == r"5 \* 3 = \[x\]"
    assert to_markdown("<p># no heading</p><p>1. no list</p>").markdown == "\\# no heading\n\n1\\. no list"
    assert to_markdown("<p>Dear {{ first_name }},</p>").markdown == "Dear {{ first_name }},"


def test_no_break_spaces_of_good_typography_stay_and_fillers_go():
    assert (
        to_markdown("<p>Attention\u00a0! Oui\u00a0\u00a0 \u00a0non</p><p>\u00a0</p>").markdown
        == "Attention\u00a0! Oui non"
    )


def test_parts_of_a_mail_divided_by_empty_lines_become_paragraphs():
    assert to_markdown("<div>One.<br><br>Two.<br></div><div>Three.</div>").markdown == "One.\n\nTwo.\n\nThree."


def test_a_table_that_is_only_a_frame_goes():
    assert to_markdown("<table><tr><td><p>One.</p><p>Two.</p></td></tr></table>").markdown == "One.\n\nTwo."


def test_very_deep_and_very_long_pastes_do_no_harm():
    assert to_markdown("<div>" * 5000 + "deep" + "</div>" * 5000).markdown == "deep"
    with pytest.raises(Invalid, match="two million"):
        to_markdown("x" * 2_000_001)


@given(st.text(max_size=200))
def test_whatever_is_pasted_is_safe_and_its_words_are_there(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    written = to_markdown(f"<p>{escaped}</p>").markdown
    assert "<script" not in to_html(written)


@pytest.mark.parametrize(("text", "is_page"), [("<p>x</p>", True), ("a < b and c > d", False), ("Dear <name>", False)])
def test_a_text_with_a_sign_in_it_is_no_page(text, is_page):
    assert is_markup(text) is is_page
