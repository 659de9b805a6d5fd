"""The gate before every send: one small fault in a good message is found and named; any bytes at all are survived."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from app.mail import lint
from app.mail.letter import Kind
from app.mail.lint import errors, lint_message
from app.mail.problems import Problem
from tests.unit.lint_faults import FAULTS, FOOT, NOTICE, STATEMENT, Make, finished, rendered, subject
from tests.unit.mail_samples import LAW


def found_in(raw: bytes, kind: Kind = STATEMENT, **law: str | None) -> list[Problem]:
    return lint_message(raw, kind=kind, **{**LAW, **law})


def name_of(fault: tuple[str, str, str, Make]) -> str:
    return f"{fault[0]} {fault[2]}"


@pytest.mark.parametrize("kind", [STATEMENT, NOTICE])
@pytest.mark.parametrize("language", ["en", "ar", "fr"])
def test_a_good_message_has_no_fault(kind: Kind, language: str) -> None:
    assert found_in(finished(rendered(kind, language), kind), kind) == []


@pytest.mark.parametrize("fault", FAULTS, ids=name_of)
def test_one_small_fault_is_found_and_named(fault: tuple[str, str, str, Make]) -> None:
    code, severity, words, make = fault
    raw, kind = make()
    found = found_in(raw, kind)
    named = [problem for problem in found if problem.code == code and problem.severity == severity]
    assert any(words in problem.message for problem in named), "\n".join(map(str, found))
    assert bool(errors(found)) == any(problem.severity == "error" for problem in found)


@pytest.mark.parametrize(("code", "term"), [("L-01", "postal_address"), ("L-10", "organisation"), ("L-10", "contact")])
def test_an_installation_that_lacks_what_the_law_wants_sends_nothing(code: str, term: str) -> None:
    raw = finished(rendered())
    assert [problem.code for problem in found_in(raw, **{term: " "})] == [code]
    assert found_in(raw, **{term: None}) == []


def test_every_rule_that_the_gate_knows_is_tried_above() -> None:
    folder = Path(lint.__file__).parent
    source = "".join(path.read_text() for path in sorted(folder.glob("lint_*.py")))
    known = set(re.findall(r'(error|warning)\(\s*"([A-Z]-\d\d)"', source))
    known |= {("error", code) for code in ("L-01", "L-10")}
    tried = {(severity, code) for code, severity, _, _ in FAULTS}
    assert known - tried == set()
    assert tried - known == set()


def test_an_error_stops_a_message_and_a_warning_does_not() -> None:
    warned = found_in(subject("A crossing 🎉🎉🎉")()[0])
    assert [problem.severity for problem in warned] == ["warning"]
    assert errors(warned) == []


def test_the_same_fault_a_hundred_times_is_told_five_times() -> None:
    many = "".join(f'<a href="#">Link number {number}</a><br>' for number in range(100))
    raw = finished(replace(rendered(), html=rendered().html.replace("</body>", f"{many}</body>")))
    told = [problem for problem in found_in(raw) if problem.code == "E-06"]
    assert len(told) == 5


@effort(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([STATEMENT, NOTICE]))
@example(b"", STATEMENT)
@example(b"\r\n\r\n", STATEMENT)
@example(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x--", STATEMENT)
@example(b"Subject: =?utf-8?b?" + b"/" * 900 + b"?=\r\n\r\n", NOTICE)
@example(b"Content-Type: text/html; charset=\xff\r\nDate: Tue, 99 Nov 99999 99:99:99 +9999\r\n\r\n<p", NOTICE)
def test_any_bytes_are_judged_and_never_raise(raw: bytes, kind: Kind) -> None:
    assert errors(found_in(raw, kind))


@effort(max_examples=60, deadline=None)
@given(st.data())
def test_a_good_message_with_any_bytes_changed_is_judged_and_never_raises(data: st.DataObject) -> None:
    raw = finished(rendered())
    start = data.draw(st.integers(0, len(raw)))
    end = min(start + data.draw(st.integers(0, 300)), len(raw))
    found_in(raw[:start] + data.draw(st.binary(max_size=60)) + raw[end:])


MARKUP = st.lists(
    st.sampled_from(
        ["<a href=", "<table>", "<td", "</table>", "<h1>", "</h1>", "<h7 ", "<img ", "style='", "font-size:", "9e999px",
         "color:#", "rgb(1,2,", "line-height:", "1.5.5", "<!--", "-->", "<![CDATA[", "&#0;", "&#xd800;", "\u202e",
         "dir=rtl ", "lang=", "<style>", "@import", "<body ", "<html ", "<svg>", "<template>",
         "\0", ">", "'", '"', "x", " ", "٣"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@effort(max_examples=60, deadline=None)
@given(MARKUP)
def test_any_markup_is_judged_and_never_raises(markup: str) -> None:
    found_in(finished(replace(rendered(), html=rendered().html.replace(FOOT, markup))))
    found_in(finished(replace(rendered(), html=markup)))
