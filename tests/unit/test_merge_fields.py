"""Merge fields: authors address each reader, readers can't write into the mail, and nothing is evaluated."""

import re
from dataclasses import replace
from email.header import decode_header, make_header
from html import unescape
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.errors import Invalid
from app.mail import merge_fields
from app.mail.compile import Recipient, compile_newsletter
from app.mail.encoding import split_slots
from app.mail.lint import errors, lint_message
from app.mail.markdown import field_problems, to_html, to_text
from app.mail.merge_fields import for_everybody, open_slots, problems, value
from app.mail.newsletter import Lines, StatementView, render_newsletter
from tests.unit.mail_samples import BRANDING, LAW, LINKS, LIST, STREAM, bodies, read, recipient, statement

HELLO = (
    "Dear {{ first_name | friend }},\n\nwe write to **{{ email }}** as {{ first_name }} {{last_name|of ours}} knows."
)


def fill(view: StatementView, person: Recipient, **lines: str) -> bytes:
    rendered = render_newsletter(view, BRANDING, LINKS, Lines(**lines))
    raw = compile_newsletter(rendered, STREAM, LIST).fill(person)
    assert not errors(lint_message(raw, kind="statement", **LAW))
    return raw


def subject(raw: bytes) -> str:
    return str(read(raw)["Subject"])


def test_each_reader_is_addressed_by_name_in_subject_text_and_page() -> None:
    view = statement(title="{{ first_name | You }} can vote", standfirst="Here, {{ last_name }}.", body=HELLO)
    raw = fill(view, recipient(first_name="Zoë", last_name="Nguyễn"))
    text, html = bodies(raw)
    assert subject(raw) == "Zoë can vote"
    assert "Dear Zoë,\n\nwe write to reader1@example.net as Zoë Nguyễn knows." in text
    page = BeautifulSoup(html, "html.parser")
    assert page.title is not None
    assert page.title.text == "Zoë can vote"
    assert "Here, Nguyễn." in page.get_text()
    assert "<strong><bdi>reader1@example.net</bdi></strong>" in re.sub(r' style="[^"]*"', "", html)


def test_who_gave_no_name_reads_the_words_after_the_bar_or_nothing() -> None:
    view = statement(title="{{ first_name | You }} can vote", body=HELLO)
    raw = fill(view, recipient())
    assert subject(raw) == "You can vote"
    assert "Dear friend," in bodies(raw)[0]
    assert "as  of ours knows" in bodies(raw)[0]


def test_the_line_beside_the_subject_may_hold_one_too() -> None:
    raw = fill(statement(), recipient(first_name="Ana"), preheader="{{ first_name }}, " + "read this now " * 20)
    found = BeautifulSoup(bodies(raw)[1], "html.parser").find(class_="preheader")
    assert found is not None
    assert found.get_text().startswith("Ana, read this now")
    assert found.get_text().endswith("…")


def test_a_subject_without_merge_fields_stays_constant() -> None:
    compiled = compile_newsletter(render_newsletter(statement(), BRANDING, LINKS), STREAM, LIST)
    assert b"Subject: A crossing for everybody\r\n" in compiled.fields
    personal = compile_newsletter(
        render_newsletter(statement(), BRANDING, LINKS, Lines(subject="Hi {{ email }}")), STREAM, LIST
    )
    assert b"Subject" not in personal.fields


def test_a_name_is_never_markup_in_any_part() -> None:
    name = '<b>*Eve*</b> & "co" [x](https://evil.example) {{ email }} =?utf-8?q?x?='
    raw = fill(statement(title="Hello {{ first_name }}", body="Dear {{ first_name }}!"), recipient(first_name=name))
    text, html = bodies(raw)
    assert subject(raw).endswith(name[-12:])
    assert f"Dear {name}!" in text
    page = BeautifulSoup(html, "html.parser")
    assert f"Dear {name}!" in page.get_text()
    assert not [link for link in page.find_all("a") if "evil" in str(link["href"])]


def test_a_fallback_is_never_markup_either() -> None:
    assert to_html("{{ first_name | *you* <b> }}") == "<p>*you* &lt;b&gt;</p>\n"
    assert to_text("{{ first_name | *you* <b> }}") == "*you* <b>"


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("Ana\r\nBcc: x@y.example", "Ana Bcc: x@y.example"),
        ("Ana\0\x1b[31m", "Ana[31m"),
        ("\u202eevil\u202c", "evil"),
        ("Zoe\u0308", "Zoë"),
        ("  Ana\t\u00a0 Maria ", "Ana Maria"),
        ("\ue000email\ue001", "email"),
        ("x" * 90, "x" * 80),
        ("x" * 79 + "e\u0301", "x" * 79 + "é"),
        ("x" * 79 + "a\u20dd", "x" * 79),
        ("\x00", ""),
    ],
)
def test_values_are_one_line_of_text_of_at_most_eighty_characters(given_name: str, shown: str) -> None:
    assert value(given_name) == shown


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{{ first_nam }}", "“{{ first_nam }}” is no merge field. Did you mean {{ first_name }}?"),
        ("{{first_name", "“{{first_name” is not closed; write {{ first_name }}."),
        ("{{ first_name }", "“{{ first_name }” is not closed"),
        ("{{ First Name }}", "Did you mean {{ first_name }}?"),
        ("{{ password }}", "“{{ password }}” is no merge field. There are {{ first_name }}, {{ last_name }}"),
        ("{{ first_name.__class__ }}", "is no merge field"),
        ("{{ first_name | a | b }}", "is no merge field"),
        ("{{ 7*7 }}", "is no merge field"),
        ("{{}}", "is no merge field"),
        ("{{ first_name | " + "x" * 90 + " }}", "at most 80 characters"),
        ("https://example.org/?n={{ first_name }}", "can't stand in a web address"),
    ],
)
def test_what_is_no_merge_field_is_named_with_what_may_be_used(written: str, said: str) -> None:
    (problem,) = problems(f"One line,\nand {written} here", "body")
    assert said in problem.message
    assert problem.message.startswith("Line 2: ")
    assert problem.field == "body"
    assert said in problems(written, "title")[0].message


@pytest.mark.parametrize(
    "written",
    [
        "[words](https://example.org/{{ first_name }})",
        "[words](</x/{{ first_name }}>)",
        "[words]({{ email }})",
        "[words](mailto:{{ email }})",
        "[words][one]\n\n[one]: https://example.org/{{ email | x }}",
        "<https://example.org/{{ first_name }}>",
        '<a href="https://example.org/{{ email }}">words</a>',
        '<span lang="{{ email }}">words</span>',
        "![words](https://example.org/{{ first_name }}.png)",
        "https://example.org/{{ first_name }}",
    ],
)
def test_a_merge_field_in_the_address_of_a_link_is_refused_and_shown_to_nobody(written: str) -> None:
    (problem,) = field_problems(f"First.\n\n{written}", "body")
    assert "web address" in problem.message
    assert problem.message.startswith("Line ")
    assert problem.field == "body"
    assert "\ue000" not in to_html(written)
    assert "%ee%80%80" not in to_html(written).lower()
    with pytest.raises(Invalid, match="body: Line"):
        render_newsletter(statement(body=f"First.\n\n{written}"), BRANDING, LINKS)


@pytest.mark.parametrize(
    "written",
    [
        "[{{ first_name }}](https://example.org/)",
        "![{{ first_name | you }}](https://example.org/a.png)",
        "`{{ email }}`",
        "| {{ first_name | friend }} | x |\n| --- | --- |\n| {{ email }} | y |",
        "## {{ last_name | All }}",
    ],
)
def test_a_merge_field_may_stand_wherever_words_stand(written: str) -> None:
    assert field_problems(written, "body") == []
    assert "{{" not in to_html(written)
    assert any(slot.startswith(merge_fields.FIELDS) for slot in split_slots(to_html(written, personal=True))[1::2])


def test_literal_braces_can_be_written() -> None:
    assert problems("Write \\{{ first_name }} so", "body") == []
    assert for_everybody("Write \\{{ first_name }} so") == "Write {{ first_name }} so"
    assert to_html("Write \\{{ x }} so") == "<p>Write {{ x }} so</p>\n"
    assert subject(fill(statement(title="On \\{{ braces }}"), recipient())) == "On {{ braces }}"


def test_where_everybody_reads_the_same_the_fallback_stands_without_a_gap() -> None:
    assert for_everybody("Dear {{ first_name }}, hello") == "Dear, hello"
    assert for_everybody("Dear {{ first_name | all }}, hello") == "Dear all, hello"
    assert to_html("Dear {{ first_name }}, hello {{ last_name | you }}.") == "<p>Dear, hello you.</p>\n"
    assert for_everybody("{{ nonsense }} stays, { and } too") == "{{ nonsense }} stays, { and } too"


def test_a_subject_that_would_be_empty_without_a_name_is_refused() -> None:
    for changes in ({"title": "{{ first_name }}"}, {"title": "{{ first_name }} {{ last_name }}"}):
        with pytest.raises(Invalid, match="it would be empty"):
            render_newsletter(statement(**changes), BRANDING, LINKS)
    assert render_newsletter(statement(title="{{ first_name | Everybody }}"), BRANDING, LINKS).subject


def test_names_in_arabic_and_hebrew_are_kept_apart_from_the_words_around_them() -> None:
    raw = fill(statement(language="ar", title="مرحبا {{ first_name }}"), recipient(first_name="Zoë"))
    assert "مرحبا <bdi>Zoë</bdi>" in bodies(raw)[1]


def test_long_paragraphs_are_wrapped_around_names() -> None:
    words = "we ask the council of {{ last_name | our town }} once more " * 20
    lines = to_text(words, personal=True).split("\n")
    assert "".join(lines).count("\ue000") == 20
    assert all(len(re.sub("\ue000.*?\ue001", "x" * 12, line)) <= 76 for line in lines)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=100) | st.text(
    "abcé ,;.\"\\()<>:'&={}|*_[]`\u0301漢ب🎉\u200d\u202e\r\n\t", max_size=100
)
LETTERS = {
    "en": "abcdefgh ijklmno",
    "fr": "éèêëàçùœ abcde",
    "ar": "ابتثجحخدذ رزسشصض",
    "he": "אבגדהוזחטי כלמנ",
    "zh": "我们欢迎市议会的决定。，",
}
LOCAL = st.from_regex(r"[a-z0-9_+-]{1,20}(\.[a-z0-9_+=-]{1,20})?", fullmatch=True) | st.just("josé")
HEADS = st.text("abcxyz", min_size=1, max_size=9)


@st.composite
def personal_statements(draw: st.DrawFn) -> StatementView:
    language = draw(st.sampled_from(sorted(LETTERS)))
    words = st.text(LETTERS[language], min_size=1, max_size=70).filter(str.strip)
    token = st.builds(
        lambda field, fallback: f"{{{{ {field}{f' | {fallback}' if fallback else ''} }}}}",
        st.sampled_from(merge_fields.FIELDS),
        st.text("abc é漢*<&'\"", max_size=20),
    )
    line = st.lists(words | token, min_size=1, max_size=6).map(" ".join)
    blocks = draw(st.lists(line, min_size=1, max_size=5))
    return statement(
        title=f"{draw(HEADS)} {draw(line)}"[:2000], standfirst=draw(line), body="\n\n".join(blocks), language=language
    )


@settings(
    max_examples=60,
    deadline=None,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(personal_statements(), NAMES, NAMES, LOCAL)
def test_whoever_reads_it_the_message_is_in_order_and_says_what_was_written(
    view: StatementView, first: str, last: str, local: str
) -> None:
    rendered = render_newsletter(view, BRANDING, LINKS)
    compiled = compile_newsletter(rendered, STREAM, LIST)
    person = recipient(9, f"{local}@bücher.example", first_name=first, last_name=last)

    raw = compiled.fill(person)

    assert raw == compiled.fill(replace(person)) == compile_newsletter(rendered, STREAM, LIST).fill(person)
    found = lint_message(raw, kind="statement", **LAW)
    # a long or odd name may make a line of its owner's copy wide; that stops no campaign
    assert not [problem for problem in found if problem.code not in {"E-14", "E-16", "M-04"}]
    wanted: dict[str, Any] = {"first_name": value(first), "last_name": value(last), "email": person.address.text}
    text, html = bodies(raw)
    assert text.rstrip("\n") == _expected(rendered.text, wanted, person).rstrip("\n")
    assert unescape(html).rstrip("\n") == unescape(_expected(rendered.html, wanted, person)).rstrip("\n")
    seen = str(make_header(decode_header(str(read(raw)["Subject"]))))
    assert seen == " ".join(_expected(rendered.subject, wanted, person).split())


def _expected(text: str, wanted: dict[str, Any], person: Recipient) -> str:
    pieces = split_slots(text)
    for place, name in enumerate(pieces[1::2]):
        field = merge_fields.merge_field(name)
        pieces[2 * place + 1] = wanted[field.name] or field.fallback if field else getattr(person, name)
    return "".join(pieces)


def test_opening_slots_leaves_other_text_alone() -> None:
    assert open_slots("no braces, { one } and }} two") == "no braces, { one } and }} two"
