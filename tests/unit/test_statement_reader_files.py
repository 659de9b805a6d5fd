"""Reading a statement from files of every kind: front matter, encodings, and files that are no text."""

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from app.errors import Invalid
from app.services.statement_reader import read_statement

SAMPLES = Path(__file__).parents[2] / "sample"
MATTER = """\
---
title: "Ramps: now"
standfirst: No more steps.
date: 2026-03-31
language: no
topics: [Travel, Access]
image: pictures/ramp.jpg
image_alt: ''
signatory:
  name: Ada Moss
  role: Director
contact:
  name: Bo Lee
  role: Press Officer
  email: bo@odi.example
  phone: +41225550142
---
First *paragraph*.

- an item
"""


def problems(content, name="statement.md"):
    with pytest.raises(Invalid) as caught:
        read_statement(content if isinstance(content, bytes) else content.encode(), name)
    return caught.value.problems


def matter_problem(lines):
    (problem,) = problems(f"---\ntitle: A\n{lines}\n---\nText.")
    return problem


def test_front_matter_fills_every_field_and_the_body_stays_as_written():
    draft = read_statement(MATTER.encode(), "a.md")
    assert (draft.title, draft.standfirst, draft.issued_on) == ("Ramps: now", "No more steps.", date(2026, 3, 31))
    assert (draft.language, draft.topics) == ("no", ("Travel", "Access"))
    assert (draft.signatory_name, draft.signatory_role) == ("Ada Moss", "Director")
    assert (draft.contact_name, draft.contact_role) == ("Bo Lee", "Press Officer")
    assert (draft.contact_email, draft.contact_phone) == ("bo@odi.example", "+41225550142")
    assert (draft.image_file, draft.image_alt) == ("pictures/ramp.jpg", "")
    assert draft.body == "First *paragraph*.\n\n- an item"
    assert draft.notes == []


def test_front_matter_is_recognised_in_a_text_file_too():
    assert read_statement(MATTER.encode(), "a.txt").title == "Ramps: now"


def test_markdown_without_front_matter_takes_its_title_from_the_heading():
    draft = read_statement(b"# Ramps, *now*\n\nText.\n", "a.md")
    assert (draft.title, draft.body) == ("Ramps, *now*", "Text.")


def test_a_title_that_stands_twice_is_folded():
    draft = read_statement(b"---\ntitle: Ramps\n---\n# Ramps\n\nText.", "a.md")
    assert draft.body == "Text."
    assert any("stood twice" in note for note in draft.notes)


def test_an_image_without_alternative_text_is_noted():
    draft = read_statement(b"---\ntitle: A\nimage: a.jpg\n---\nText.", "a.md")
    assert any("no alternative text" in note for note in draft.notes)


@pytest.mark.parametrize(
    ("lines", "field", "line"),
    [
        ("subtitle: x", "subtitle", 3),
        ("contact:\n  fax: x", "contact.fax", 4),
        ("contact: Bo Lee", "contact", 3),
        ("title: B", "title", 3),
        ("standfirst: [a, b]", "standfirst", 3),
        ("topics: {a: b}", "topics", 3),
        ("topics: [[a]]", "topics", 3),
        ("date: soon", "date", 3),
        ("date: 2026-02-30", "date", 3),
        ("language: english please", "language", 3),
        ("contact:\n  email: bo at odi", "contact.email", 4),
        ("image: ../secret.jpg", "image", 3),
        ("image: /etc/passwd", "image", 3),
        ("image: https://odi.example/a.jpg", "image", 3),
        ("standfirst: &a text", "front matter", 3),
        ("standfirst: *a", "front matter", 3),
        ("standfirst: !!python/name:os.system x", "front matter", 3),
        ("standfirst: one: two", "front matter", 3),
        ("topics: [[[[[a]]]]]", "front matter", 3),
        ("? [a]\n: b", "?", 3),
    ],
)
def test_faults_of_the_front_matter_are_named_with_their_line(lines, field, line):
    problem = matter_problem(lines)
    assert (problem.field, problem.line) == (field, line)


def test_all_faults_are_told_at_once():
    found = problems("---\ncolour: red\ndate: soon\nsize: 3\n---\n")
    assert [(problem.field, problem.line) for problem in found] == [("colour", 2), ("date", 3), ("size", 4)]
    assert "“colour”" in found[0].message


def test_a_bomb_of_aliases_is_refused():
    bomb = "a: &a [x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]"
    assert "aliases" in matter_problem(bomb).message


def test_front_matter_without_an_end_is_refused():
    (problem,) = problems("---\ntitle: A\n\nText.")
    assert problem.line == 1
    assert "no line “---” ends it" in problem.message


def packed(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n\t\n", "no words"),
        ("\ufeff".encode(), "no words"),
        (b"%PDF-1.7\n...", "This is a PDF"),
        (packed("[Content_Types].xml", "word/document.xml"), "Word"),
        (packed("a.txt"), "ZIP"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
        (b"{\\rtf1 x}", "RTF"),
        (b"\x89PNG\r\n\x1a\n\0", "picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "picture"),
        (b"From: a@odi.example\r\nMIME-Version: 1.0\r\n\r\nx", "email"),
        (b"\xff\xfe\0\0a\0\0\0", "UTF-32"),
        (b"some text\0and more", "isn't a text file"),
        (b"ab\1\2\3\4", "isn't a text file"),
        (b"a" * 1_000_001, "too large"),
    ],
)
@pytest.mark.parametrize("name", ["a.md", "a.html", "a.txt", "", "a"])
def test_a_file_that_is_no_text_is_refused_with_what_to_do(content, words, name):
    (problem,) = problems(content, name)
    assert words in problem.message


def test_a_wrong_encoding_is_refused_with_its_place_and_a_way_out():
    (problem,) = problems("Titre\r\nDéclaration".encode("cp1252"), "a.txt")
    assert problem.line == 2
    assert "offset 8 " in problem.message
    assert "UTF-8" in problem.message


FILTERED = """<html><head><meta http-equiv=Content-Type content="text/html; charset=%s">
<meta name=Generator content="Microsoft Word 15 (filtered)"></head><body><h1>Des rampes – été</h1>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt'><span style='font-family:Symbol'>·<span
style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span>one</p>
<p class=MsoListParagraphCxSpLast style='margin-left:72.0pt;text-indent:-18.0pt'>o<span
style='font:7.0pt "Times New Roman"'>&nbsp; </span>deeper</p>
<p class=MsoNormal>Between.</p>
<p class=MsoListParagraph style='text-indent:-18.0pt'>1.<span style='font:7.0pt "Times New Roman"'>&nbsp;
</span>first</p></body></html>"""


@pytest.mark.parametrize("declared", ["windows-1252", "iso-8859-1", "utf-8"])
def test_a_page_that_word_saved_is_read_in_its_encoding_and_with_its_lists(declared):
    content = (FILTERED % declared).encode("cp1252" if declared != "utf-8" else "utf-8")
    draft = read_statement(content, "a.htm")
    assert draft.title == "Des rampes – été"
    assert draft.body == "- one\n\n  - deeper\n\nBetween.\n\n1. first"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_with_and_without_a_mark(encoding):
    draft = read_statement("Déclaration – 声明\r\n\r\nPremière phrase.".encode(encoding), "a.txt")
    assert (draft.title, draft.body) == ("Déclaration – 声明", "Première phrase.")


def test_damaged_utf16_is_refused_with_its_line():
    (problem,) = problems("a\nb\n".encode("utf-16") + b"\x00", "a.txt")
    assert problem.line == 3


def test_control_characters_are_left_out_and_counted():
    draft = read_statement(("A title\n\n" + "Words of a text. " * 9 + "so\x1fft").encode(), "a.txt")
    assert draft.body.endswith("soft")
    assert any("Invisible control characters were left out: 1, the first on line 3" in note for note in draft.notes)


def test_a_page_nested_beyond_reason_is_refused():
    (problem,) = problems("<div>" * 500 + "x" + "</div>" * 500, "a.html")
    assert "nested too deeply" in problem.message


@pytest.mark.parametrize("name", ["statement.md", "second-statement.md"])
def test_the_samples_are_complete(name):
    draft = read_statement((SAMPLES / name).read_bytes(), name)
    assert draft.notes == []
    assert draft.topics
    assert draft.image_file is None or (SAMPLES / draft.image_file).is_file()
