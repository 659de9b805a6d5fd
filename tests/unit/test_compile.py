"""From words to bytes: every copy is well formed, says what programs need, and never changes."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.headerregistry import Address
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.errors import Invalid
from app.mail.address import EmailAddress
from app.mail.branding import Branding
from app.mail.compile import compile_newsletter, compile_notice
from app.mail.encoding import slot
from app.mail.lint import lint_message
from app.mail.newsletter import Rendered, StatementView, render_newsletter
from app.settings import Settings
from tests.unit.mail_samples import BRANDING, LAW, LINKS, LIST, STREAM, bodies, read, recipient, statement

NEWSLETTER = compile_newsletter(render_newsletter(statement(), BRANDING, LINKS), STREAM, LIST)


def test_a_statement_passes_every_check() -> None:
    assert not lint_message(NEWSLETTER.fill(recipient()), kind="statement", **LAW)


@pytest.mark.parametrize("language", ["fr", "ar", "he", "zh", "de", "xx"])
def test_a_statement_in_any_language_passes_every_check(language: str) -> None:
    rendered = render_newsletter(statement(language=language), BRANDING, LINKS)
    assert not lint_message(compile_newsletter(rendered, STREAM, LIST).fill(recipient()), kind="statement", **LAW)


def test_programs_learn_how_to_unsubscribe_and_what_the_list_is() -> None:
    message = read(NEWSLETTER.fill(recipient()))
    assert message["List-Unsubscribe"] == f"<{recipient().unsubscribe_url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "Statements <statements.list-id.example.org>"
    assert message["List-Help"] == "<https://news.example.org/help>"
    assert message["List-Subscribe"] == "<https://news.example.org/subscribe>"
    assert message["List-Owner"] == "<mailto:office@example.org>"
    assert message["List-Archive"] == "<https://news.example.org/statements>"
    assert message["List-Post"] == "NO"
    assert message["Precedence"] == "bulk"
    assert message["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert message["Feedback-ID"] == "st118:statements:news:communique"
    assert "Auto-Submitted" not in message


def test_the_message_names_its_sender_reader_and_time() -> None:
    message = read(NEWSLETTER.fill(recipient(7)))
    assert message["From"].addresses[0].display_name == "Lantern & Compass, Press"
    assert message["Reply-To"] == "press@example.org"
    assert message["To"] == "reader7@example.net"
    assert message["Subject"] == "A crossing for everybody"
    assert message["Message-ID"] == f"<{7:032x}@example.org>"
    assert message["Date"].datetime == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    local, _, domain = NEWSLETTER.addressed(recipient(7))[0].partition("@")
    assert (STREAM.verp.read(local), domain) == (7, "bounce.example.org")


def test_the_same_delivery_has_the_same_bytes_whenever_it_is_compiled() -> None:
    again = compile_newsletter(render_newsletter(statement(), BRANDING, LINKS), STREAM, LIST)
    elsewhere = recipient(dated=datetime(2026, 11, 24, 10, 0, tzinfo=timezone(timedelta(hours=1))))
    assert NEWSLETTER.fill(recipient()) == again.fill(elsewhere)


def test_each_reader_gets_their_own_links_and_nobody_elses() -> None:
    raw = NEWSLETTER.fill(recipient(1)) + NEWSLETTER.fill(recipient(2))
    text, html = bodies(NEWSLETTER.fill(recipient(2)))
    assert recipient(2).unsubscribe_url in text
    assert "/u/2.dGhlIHRva2Vu?a=1&amp;b=2" in html
    assert "/u/1." not in text + html
    assert raw.count(b"reader1@example.net") == 1


def test_copies_are_seven_bit_and_end_lines_properly() -> None:
    raw = NEWSLETTER.fill(recipient())
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert raw.endswith(b"--\r\n")


def test_the_boundary_can_not_occur_in_a_body() -> None:
    boundary = read(NEWSLETTER.fill(recipient())).get_boundary()
    assert boundary is not None
    assert "=_" in boundary


def test_an_internationalised_address_is_written_as_it_is() -> None:
    raw = NEWSLETTER.fill(recipient(address="josé@bücher.example"))
    assert "To: josé@xn--bcher-kva.example\r\n".encode() in raw
    assert not lint_message(raw, kind="statement", **LAW)


@pytest.mark.parametrize(
    "changes",
    [
        {"address": EmailAddress("a@b.example", "a\r\nBcc: c", "b.example")},
        {"address": EmailAddress("a@b.example", "a", "b.example>, <c@d.example")},
        {"message_key": "00000000000000000000\r\nX: 1"},
        {"unsubscribe_url": "https://news.example.org/u/1>\r\nX: 1"},
        {"unsubscribe_url": "https://news.example.org/u/ü"},
        {"unsubscribe_url": ""},
        {"preferences_url": "javascript:alert(1)"},
    ],
)
def test_values_that_would_break_a_header_or_a_link_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        NEWSLETTER.fill(replace(recipient(), **changes))  # type: ignore[arg-type]


def test_a_subject_with_a_line_break_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(Invalid, match="Subject"):
        compile_notice(Rendered("One\nBcc: a@b.example", "", "<p>x</p>", "x"), STREAM)


def test_a_slot_that_nothing_could_fill_is_refused_when_compiling() -> None:
    with pytest.raises(ValueError, match="shoe_size"):
        compile_notice(Rendered("One", "", f"<p>{slot('shoe_size')}</p>", "x"), STREAM)


def test_parts_without_slots_need_no_links() -> None:
    text, html = bodies(compile_notice(Rendered("One", "", "<p>x</p>", "x\n"), STREAM).fill(recipient()))
    assert (text.strip(), html.strip()) == ("x", "<p>x</p>")


def test_a_thousand_copies_take_a_moment() -> None:
    copies = [recipient(number) for number in range(1000)]
    began = time.process_time()
    for copy in copies:
        NEWSLETTER.fill(copy)
    assert time.process_time() - began < 1


LETTERS = {
    "en": "abcdefgh ijklmno pqrST -'&<>\"",
    "fr": "abcdéèêë çàùœ ijklm ’«»",
    "ar": "ابتثجحخدذرزسشصض طظعغفقكلمنهوي ",
    "he": "אבגדהוזחטי כלמנסעפצקרשת ",
    "zh": "我们欢迎市议会的决定街道安全。，",
    "pl-PL": "ąćęłńóśźż abcdef 🎉👩‍🦽",
}
NAMES = st.text("abcdefghé ,;.\"\\()<>:'üß漢ب", min_size=1, max_size=60).filter(lambda name: name.strip())
URLS = st.from_regex(r"https://example\.org/[a-z0-9/._~?&=%+-]{1,150}", fullmatch=True)
LOCAL = st.from_regex(r"[a-z0-9_+-]{1,20}(\.[a-z0-9_+=-]{1,20})?", fullmatch=True)


@st.composite
def statements(draw: st.DrawFn) -> StatementView:
    language = draw(st.sampled_from(sorted(LETTERS)))
    line = st.text(LETTERS[language], max_size=90).filter(str.strip)
    words = line.map(lambda text: text.replace("<", "").replace(">", ""))
    link = draw(st.lists(st.tuples(words.filter(lambda text: len(text.strip()) > 12), URLS), max_size=1))
    blocks = [*draw(st.lists(words, max_size=4)), *(f"{text.strip()} [{text.strip()}]({url})" for text, url in link)]
    blocks += [f"## {text}" for text in draw(st.lists(words, max_size=1))]
    blocks += [f"- {one}\n- {two}" for one, two in draw(st.lists(st.tuples(words, words), max_size=1))]
    return statement(
        title=draw(line), standfirst=draw(line | st.just("")), easy_summary=draw(line | st.just("")),
        body="\n\n".join(blocks), language=language,
        signatory_name=draw(line | st.just("")), signatory_role=draw(line), contact_name=draw(line),
        contact_phone=draw(st.sampled_from(["", "+49 30 123456", "ext. 5"])),
        topics=tuple(draw(st.lists(line, max_size=3))),
    )  # fmt: skip


@settings(
    max_examples=60,
    deadline=None,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(statements(), NAMES, LOCAL, st.integers(1, 10**12), st.integers(10, 400))
def test_whatever_is_written_the_message_is_in_order_and_says_the_same(
    view: StatementView, name: str, local: str, number: int, length: int
) -> None:
    rendered = render_newsletter(view, BRANDING, LINKS)
    stream = replace(STREAM, sender=Address(name, "news", "example.org"))
    person = recipient(number, f"{local}@example.net", unsubscribe_url=f"https://news.example.org/u/{'a' * length}")
    raw = compile_newsletter(rendered, stream, LIST).fill(person)

    found = lint_message(raw, kind="statement", **LAW)
    of_the_author = {"E-06", "E-16"}  # words of links, emoji, capitals
    assert not [problem for problem in found if problem.code not in of_the_author]
    message = read(raw)
    assert message["To"].addresses[0].addr_spec == person.address.wire
    text, html = bodies(raw)
    for part, seen in ((rendered.text, text), (rendered.html, html)):
        filled = part.replace(slot("unsubscribe_url"), person.unsubscribe_url)
        assert seen.rstrip("\n") == filled.replace(slot("preferences_url"), person.preferences_url).rstrip("\n")


def test_branding_comes_from_the_settings() -> None:
    names = ("organisation", "postal_address", "contact_email", "contact_phone", "about_url", "privacy_url")
    values = {name: f"the {name}" for name in (*names, "subject_matter", "footer_text")}
    assert Branding.from_settings(cast(Settings, SimpleNamespace(**values))) == Branding(**values)
