"""Reading a statement from plain text and HTML: what is found, what is kept, and what staff are told."""

from datetime import date

import pytest
from markdown_it import MarkdownIt

from app.services.statement_reader import read_statement

PASTED = """\
Statement: Ramps at the Harbour Terminals
March 3, 2026
March 3, 2026
Below is a statement issued by Noëlle Adeyemi, ODI Policy Director, on the harbour terminals
The new terminals opened with stairs and no ramp. We saw passengers being carried, and some turn back.
We call on the port authority to install ramps before the summer, and to ask disabled travellers about them.
ODI Policy Director Noëlle Adeyemi
MEDIA CONTACT
Piotr Sand,
Sr. Press Officer
Email: [email\u00a0protected]
Mobile: +1 (202) 555-0142
Get our news by email.
ABOUT US
Open Doors International
12 Quay Street
Floor 3
"""


def read(text, name="statement.txt"):
    return read_statement(text.encode(), name)


def shown(markdown):
    """What a reader sees of Markdown."""
    parts = []
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        for child in token.children or []:
            parts.append("\n" if child.type in ("softbreak", "hardbreak") else child.content)
        parts.append("\n" if token.type == "inline" else "")
    return "".join(parts)


def test_a_pasted_page_falls_into_its_parts():
    draft = read(PASTED)
    assert draft.title == "Statement: Ramps at the Harbour Terminals"
    assert draft.issued_on == date(2026, 3, 3)
    assert draft.standfirst.startswith("Below is a statement issued by Noëlle Adeyemi")
    assert (draft.signatory_name, draft.signatory_role) == ("Noëlle Adeyemi", "ODI Policy Director")
    assert (draft.contact_name, draft.contact_role) == ("Piotr Sand", "Sr. Press Officer")
    assert draft.contact_phone == "+1 (202) 555-0142"
    assert draft.language == "en"
    assert draft.body.startswith("The new terminals opened")
    assert "12 Quay Street\\\nFloor 3" in draft.body
    assert "Get our news by email." in draft.body


def test_a_hidden_address_is_reported_and_not_invented():
    draft = read(PASTED)
    assert draft.contact_email == ""
    assert any("the web page hid it" in note for note in draft.notes)


def test_the_line_of_a_hidden_address_stays_in_the_body_and_staff_are_told_which():
    draft = read(PASTED)
    assert "Email: [email\u00a0protected]" in shown(draft.body).split("\n")
    assert any("(line 11) stays in the body" in note for note in draft.notes)
    assert not any(words in draft.body for words in ("MEDIA CONTACT", "Piotr Sand", "0142"))


def test_a_contact_on_one_line_with_a_hidden_address_is_read_and_stays():
    line = "Media contact: Ada Moss, Press Officer, [email protected], +41 22 555 01 42"
    draft = read(f"A title\n\nThe text.\n\n{line}")
    assert (draft.contact_name, draft.contact_phone) == ("Ada Moss", "+41 22 555 01 42")
    assert shown(draft.body).strip().endswith(line)


def foot_notes(draft):
    return [note for note in draft.notes if "foot of a web page" in note]


def test_the_foot_of_a_web_page_stays_and_staff_are_told_where_it_is():
    draft = read(PASTED)
    assert foot_notes(draft) == [
        "Lines 13–17 after the media contact look like the foot of a web page; take them out if they don't belong to "
        "the statement."
    ]
    assert "ABOUT US" in draft.body


@pytest.mark.parametrize(
    "line",
    [
        "Get the latest news about our work delivered straight to your inbox.", "Sign up for our newsletter",
        "ABOUT US", "More information", "Follow us on the networks!", "© 2026 Open Doors International",
        "Open Doors International. All rights reserved.", "Donate", "Mentions légales", "Abonnez-vous à notre lettre",
        "Über uns", "Impressum", "Sobre nosotros", "Síguenos en las redes",
    ],
)  # fmt: skip
def test_the_foot_is_known_in_four_languages(line):
    draft = read(f"A title\n\nThe text.\n\nPress contact\nAda Moss\nTel: +41 22 555 01 42\n\n{line}")
    (note,) = foot_notes(draft)
    assert note.startswith("Line 9 after the media contact looks like")
    assert line in shown(draft.body)


def test_the_foot_ends_where_its_last_paragraph_ends():
    wrapped = (
        "Open Doors International works in nineteen countries to make every\n"
        "harbour, every railway station and every bus usable for everybody who\n"
        "wants to travel, whatever their impairment."
    )
    draft = read(f"A title\n\nText.\n\nPress contact\nAda Moss\nTel: +41 22 555 01 42\n\nABOUT US\n\n{wrapped}\n")
    assert foot_notes(draft)[0].startswith("Lines 9–13 ")


@pytest.mark.parametrize(
    "after",
    ["", "Notes to editors\n\nThe terminals opened in May.", "About Open Doors\n\nWe work in nineteen countries."],
)
def test_what_press_offices_write_below_the_contact_is_no_foot(after):
    draft = read(f"A title\n\nThe text.\n\nPress contact\nAda Moss\nTel: +41 22 555 01 42\n\n{after}")
    assert foot_notes(draft) == []


def test_what_stands_before_the_contact_is_no_foot():
    draft = read("A title\n\nABOUT US\n\nThe text.\n\nPress contact\nAda Moss\nTel: +41 22 555 01 42")
    assert foot_notes(draft) == []


def test_a_date_that_stands_twice_is_folded_and_staff_are_told():
    assert any("(lines 2 to 3)" in note and "more than once" in note for note in read(PASTED).notes)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-03",
        "3 March 2026",
        "March 3rd, 2026",
        "Tuesday, 3 March 2026",
        "Published on 3 March 2026, 10:30 CET",
        "Mar. 3, 2026",
        "3 mars 2026",
        "Mardi 3 mars 2026",
        "Publié le 3 mars 2026",
        "3. März 2026",
        "Dienstag, den 3. März 2026",
        "3.3.2026",
        "3 de marzo de 2026",
        "martes, 3 de marzo de 2026",
        "03/03/2026",
        "2026-03-03T10:00:00Z",
    ],
)
def test_dates_are_read_in_four_languages(written):
    draft = read(f"A title of some kind\n{written}\n\nThe text begins here and it goes on for a while.")
    assert draft.issued_on == date(2026, 3, 3)
    assert written not in draft.body


def test_the_first_of_the_month_is_read_in_french():
    assert read("Titre du communiqué\n1er août 2026\nLe texte.").issued_on == date(2026, 8, 1)


@pytest.mark.parametrize("written", ["3/4/2026", "31 February 2026", "March 2026", "yesterday"])
def test_a_date_that_could_be_two_days_or_none_stays_in_the_body(written):
    draft = read(f"A title of some kind\n{written}\n\nThe text.")
    assert draft.issued_on is None
    assert written in draft.body
    assert any("date of issue" in note for note in draft.notes)


def test_a_second_date_stays_in_the_body():
    draft = read("A title of some kind\n3 March 2026\n5 March 2026\nThe text.")
    assert draft.issued_on == date(2026, 3, 3)
    assert draft.body.startswith("5 March 2026")


def test_a_dateline_gives_the_date_and_keeps_its_words():
    draft = read("Lifts are no luxury\n\nGeneva, 3 March 2026 – The lifts have stood still for a year.\n\nMore.")
    assert draft.issued_on == date(2026, 3, 3)
    assert draft.body.startswith("Geneva, 3 March 2026 – The lifts")


@pytest.mark.parametrize(
    ("label", "phone"),
    [
        ("Media contact:", "Phone: +41 22 555 01 42"),
        ("Press contact", "Tel. +41 22 555 01 42"),
        ("Contact presse :", "Tél. : +41 22 555 01 42"),
        ("Pressekontakt", "Telefon: +41 22 555 01 42"),
        ("Contacto de prensa:", "Teléfono: +41 22 555 01 42"),
    ],
)
def test_the_contact_is_found_under_its_name_in_four_languages(label, phone):
    draft = read(f"A title\n\nThe text.\n\n{label}\nAda van Dijk, Head of Press\nE-mail: ada@odi.example\n{phone}\n")
    found = (draft.contact_name, draft.contact_role, draft.contact_email, draft.contact_phone)
    assert found == ("Ada van Dijk", "Head of Press", "ada@odi.example", "+41 22 555 01 42")
    assert draft.body == "The text."


def test_a_contact_on_one_line_is_taken_apart():
    draft = read("A title\n\nThe text.\n\nMedia contact: Ada Moss, Press Officer, ada@odi.example, +41 22 555 01 42")
    assert (draft.contact_name, draft.contact_email) == ("Ada Moss", "ada@odi.example")


def test_a_contact_in_a_sentence_stays_in_the_body_and_staff_are_told():
    line = "Media contact: please ring our office in the morning or write to ada@odi.example about it."
    draft = read(f"A title\n\nThe text.\n\n{line}")
    assert line in draft.body
    assert any("may name a media contact" in note for note in draft.notes)


def test_a_second_number_stays_in_the_body():
    draft = read("A title\n\nText.\n\nPress contact\nAda Moss\nTel: +41 22 555 01 42\nMobile: +41 79 555 01 43")
    assert draft.contact_phone == "+41 22 555 01 42"
    assert "+41 79 555 01 43" in draft.body


@pytest.mark.parametrize(
    ("signature", "name", "role"),
    [
        ("— Ada Moss, Executive Director", "Ada Moss", "Executive Director"),
        ("Ada Moss\nExecutive Director", "Ada Moss", "Executive Director"),
        ("Ada Moss\nExecutive Director\nOpen Doors", "Ada Moss", "Executive Director, Open Doors"),
        ("Ada Moss, Executive Director", "Ada Moss", "Executive Director"),
        ("Executive Director Ada Moss", "Ada Moss", "Executive Director"),
        ("Signed: Ada Moss, Speaker of the network", "Ada Moss", "Speaker of the network"),
        ("Inés de la Vega\nDirectora ejecutiva", "Inés de la Vega", "Directora ejecutiva"),
        ("Jörg Maß\nGeschäftsführer", "Jörg Maß", "Geschäftsführer"),
        ("Zoé d'Arc\nDirectrice générale", "Zoé d'Arc", "Directrice générale"),
    ],
)
@pytest.mark.parametrize(
    "after", ["", "\n\nENDS", "\n\nNotes to editors\n\nA note.", "\n\nPress contact\nBo Lee\nTel: 022 555 01 42"]
)
def test_the_signatory_is_found_before_whatever_follows(signature, name, role, after):
    draft = read(f"A title\n\nThe first paragraph.\n\nThe second paragraph.\n\n{signature}{after}")
    assert (draft.signatory_name, draft.signatory_role) == (name, role)
    assert name not in draft.body


@pytest.mark.parametrize("last", ["Thank you for your support", "We will not stop.", "Open Doors International"])
def test_a_last_line_that_is_nobody_stays_in_the_body(last):
    draft = read(f"A title\n\nThe first paragraph.\n\n{last}")
    assert draft.signatory_name == ""
    assert last in draft.body


def test_marks_for_journalists_are_left_out_and_named():
    draft = read("FOR IMMEDIATE RELEASE\nA title\n\nThe text.\n\n###")
    assert draft.title == "A title"
    assert draft.body == "The text."
    assert any("FOR IMMEDIATE RELEASE" in note for note in draft.notes)


@pytest.mark.parametrize(
    "line",
    [
        "# no heading", "- no item", "+ no item", "* no item", "1. no item", "12) no item", "> no quotation",
        "***", "---", "===", "___", "- - -", "```", "~~~", "*not* _slanted_ __bold__", "snake_case_name",
        "a `tick`", "[text](https://example.org)", "![x](y.png)", "<b>bold</b>", "&amp; &copy; AT&T", "a \\* b \\",
        "a | b", "[note]: https://example.org", "<https://example.org>", "~~gone~~", ":--", "    indented", "3 < 4 > 2",
    ],
)  # fmt: skip
def test_marks_in_plain_text_show_as_typed(line):
    draft = read(f"A title\n\nThe text | before.\n{line}\nThe text after.")
    assert line.strip() in shown(draft.body).split("\n")


def test_wrapped_lines_are_one_paragraph():
    draft = read(
        "A title\n\n"
        "The relay service lets a deaf person and a hearing person talk by\n"
        "telephone, and it carries about nine thousand calls in every month of\n"
        "the year, which is more than anybody expected.\n\nThe end of it."
    )
    assert draft.body.count("\n\n") == 1


def test_the_name_of_the_file_stands_in_for_a_missing_title():
    draft = read("word " * 200, "relay-service_2026.txt")
    assert draft.title == "Relay service 2026"
    assert any("No title was found" in note for note in draft.notes)


def test_french_text_is_recognised_as_french():
    draft = read(
        "Un titre\n\nNous demandons que les bâtiments et les gares du pays soient accessibles dans une année, "
        "pour nous et pour les enfants qui attendent sur le quai."
    )
    assert draft.language == "fr"


PAGE = """<!DOCTYPE html><html lang="en-GB"><head><title>Lifts | ODI</title><meta property="og:title" content="Lifts">
<link rel="canonical" href="https://odi.example/news/lifts"><style>p{}</style></head><body>
<header><a href="/">Home</a></header><nav><ul><li>Menu entry</li></ul></nav>
<article><h1>Lifts are no luxury</h1><time datetime="2026-03-03T09:00">3 March 2026</time>
<p class="lead">For a year the lifts have stood still.</p>
<p>We <strong>ask</strong> the <em>city</em> to act. See <a href="/guide?a=1&amp;b=2">our guide to lifts</a>,
not <a href="javascript:x()">this</a>.</p><h2>What we ask</h2><ul><li>Repair them</li><li>Test them
<ol><li>weekly</li></ol></li></ul><blockquote><p>I wait. # Every day.</p></blockquote>
<table><tr><th>Lift</th><th>Days</th></tr><tr><td>North|South</td><td>*12*</td></tr></table>
<p>Ada Moss<br>Executive Director</p>
<p><b>Press contact</b><br>Bo Lee, Press Officer<br>
<a href="/cdn-cgi/l/email-protection">[email&#160;protected]</a><br>Tel: +41 22 555 01 42</p></article>
<script>alert(1)</script><footer>Imprint</footer></body></html>"""


def test_a_web_page_falls_into_its_parts():
    draft = read(PAGE, "page.html")
    assert (draft.title, draft.issued_on, draft.language) == ("Lifts are no luxury", date(2026, 3, 3), "en-GB")
    assert draft.standfirst == "For a year the lifts have stood still."
    assert (draft.signatory_name, draft.signatory_role) == ("Ada Moss", "Executive Director")
    assert (draft.contact_name, draft.contact_phone) == ("Bo Lee", "+41 22 555 01 42")
    assert "We **ask** the *city* to act." in draft.body
    assert "[our guide to lifts](https://odi.example/guide?a=1&b=2)" in draft.body
    assert "## What we ask\n\n- Repair them\n\n- Test them\n\n  1. weekly" in draft.body
    assert "> I wait. # Every day." in draft.body
    assert "| North\\|South | \\*12\\* |" in draft.body


def test_scripts_and_furniture_are_left_out_and_the_furniture_is_named():
    draft = read(PAGE, "page.html")
    assert not any(word in draft.body for word in ("alert", "Menu entry", "Imprint", "Home", "javascript"))
    assert any("Menu entry" in note and "Imprint" in note for note in draft.notes)


def test_an_address_that_the_server_scrambled_is_read():
    code = "2a" + bytes(byte ^ 0x2A for byte in b"bo@odi.example").hex()
    html = f'<h1>T</h1><p>Text.</p><p>Media contact<br>Bo Lee<br><a data-cfemail="{code}">[email protected]</a></p>'
    assert read(html, "a.html").contact_email == "bo@odi.example"


def test_without_a_main_heading_the_page_title_serves():
    assert read("<title>Lifts</title><p>Text of it.</p>", "a.htm").title == "Lifts"


def test_a_fragment_is_told_from_plain_text_by_its_content():
    assert read("<p>One <b>two</b></p><p>three</p>", "a.txt").body.endswith("three")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p><b>(a)</b>b</p>", "(a)b"),
        ("<p><b>a</b><b>b</b></p>", "ab"),
        ("<p><b><strong>a</strong></b></p>", "a"),
        ("<p># a<br>1. b</p>", "# a\n1. b"),
        ("<p><code>a`b</code> <code>*</code></p>", "a`b *"),
        ("<p><a href='https://e.example/(x) y'>a]b</a></p>", "a]b"),
        ("<p><i>a<br>b</i></p>", "a\nb"),
        ("<h2>C #</h2>", "C #"),
    ],
)
def test_running_text_shows_as_on_the_page(html, text):
    assert shown(read(f"<h1>T</h1><p>First.</p>{html}", "a.html").body).strip().endswith(text)
