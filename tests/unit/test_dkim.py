"""DKIM: what we sign, an independent verifier accepts; whatever is changed or added on the way, it notices."""

import re
from dataclasses import replace
from pathlib import Path

import dkim
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.dkim_key import DkimKey
from app.mail.compile import CompiledMessage, compile_newsletter, compile_notice
from app.mail.dkim import SEALED, canonical_fields
from app.mail.lint import lint_message
from app.mail.newsletter import Lines, Rendered, StatementView, render_newsletter
from tests.unit.dkim_samples import dns_of, key_file
from tests.unit.mail_samples import BRANDING, LAW, LINKS, LIST, STREAM, read, recipient, statement

PERSONAL = "{{ first_name | Reader }}, a crossing for {{ last_name | everybody }}"
ARABIC = "بيان صحفي من المنظمة حول إمكانية الوصول. " * 30


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[DkimKey, ...]:
    folder = tmp_path_factory.mktemp("keys")
    return (
        DkimKey.parse(f"2026:example.org:{key_file(folder, 'rsa')}"),
        DkimKey.parse(f"2026e:example.org:{key_file(folder, 'ed25519')}"),
    )


@pytest.fixture(scope="module")
def quick(keys: tuple[DkimKey, ...]) -> DkimKey:
    return keys[1]


def compiled(view: StatementView, *keys: DkimKey, subject: str = "") -> CompiledMessage:
    rendered = render_newsletter(view, BRANDING, LINKS, Lines(subject=subject))
    return compile_newsletter(rendered, replace(STREAM, keys=keys), LIST)


def verified(raw: bytes, *keys: DkimKey) -> bool:
    """Whether each of the signatures is good."""
    count = raw.partition(b"\r\n\r\n")[0].count(b"DKIM-Signature:")
    return count > 0 and all(good(raw, place, *keys) for place in range(count))


def good(raw: bytes, place: int, *keys: DkimKey) -> bool:
    """Whether one of the signatures is good, counted from the top."""
    try:
        return bool(dkim.DKIM(raw).verify(idx=place, dnsfunc=dns_of(*keys)))
    except dkim.ValidationError:
        return False


SPACED = "Two  spaces,\ta tab\n\n    code   with    spaces \n\n" + "x " * 200 + "\n\nFrom here\n.\n"
READERS = [recipient(), recipient(first_name="Zoë", last_name="وليد"), recipient(address="josé@bücher.example")]
STATEMENTS = {
    "quoted-printable": statement(),
    "base64": statement(language="ar", title=ARABIC[:60], standfirst="", body=ARABIC),
    "spaces": statement(body=SPACED),
    "slots": statement(body="Dear {{ first_name | friend }}, {{ last_name }}, {{ email }}.\n\n" + SPACED),
    "base64 with slots": statement(language="ar", body=f"{{{{ first_name | friend }}}} {ARABIC} {{{{ email }}}}"),
}


@pytest.mark.parametrize("subject", ["", PERSONAL, ARABIC[:150] + "{{ first_name }}"])
@pytest.mark.parametrize("kind", STATEMENTS)
def test_an_independent_verifier_accepts_both_signatures(kind: str, subject: str, keys: tuple[DkimKey, ...]) -> None:
    message = compiled(STATEMENTS[kind], *keys, subject=subject)
    for reader in READERS:
        raw = message.fill(reader)
        assert raw.count(b"DKIM-Signature:") == 2
        assert verified(raw, *keys)
        assert not lint_message(raw, kind="statement", **LAW)


def test_notices_are_signed_too(keys: tuple[DkimKey, ...]) -> None:
    rendered = Rendered("One", "", "<p>x  y</p>\n\n\n", "x  y\t\n\n\n")
    assert verified(compile_notice(rendered, replace(STREAM, keys=keys, reply_to=None)).fill(recipient()), *keys)


@pytest.mark.parametrize("added", [b"Subject: Another", b"From: <eve@evil.example>", b"To: <eve@evil.example>",
    b"List-Unsubscribe: <https://evil.example/>", b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    b"Reply-To: eve@evil.example", b"Date: Tue, 24 Nov 2026 10:00:00 +0000", b"Content-Type: text/html",
    b"Content-Transfer-Encoding: base64"])  # fmt: skip
def test_a_second_field_breaks_the_signature_wherever_it_is_put(added: bytes, keys: tuple[DkimKey, ...]) -> None:
    raw = compiled(statement(), *keys).fill(recipient())
    head, _, body = raw.partition(b"\r\n\r\n")
    assert verified(raw, *keys)
    for changed in (b"%b\r\n%b" % (added, raw), b"%b\r\n%b\r\n\r\n%b" % (head, added, body)):
        for place in range(2):
            assert not good(changed, place, *keys)


@pytest.mark.parametrize("wanted", [b"for everybody", b"List-Help: <https://news", b"Feedback-ID: st118", b"tactile"])
def test_a_changed_word_breaks_the_signature(wanted: bytes, quick: DkimKey) -> None:
    raw = compiled(statement(), quick).fill(recipient())
    assert wanted in raw
    assert not verified(raw.replace(wanted, wanted[:-1] + b"X"), quick)


def test_fields_that_relays_add_do_no_harm(quick: DkimKey) -> None:
    raw = compiled(statement(), quick).fill(recipient())
    assert verified(b"Return-Path: <b+1@example.org>\r\nReceived: from x by y; now\r\n" + raw, quick)


def test_everything_that_counts_is_signed_and_the_whole_body_is(keys: tuple[DkimKey, ...]) -> None:
    raw = compiled(statement(), *keys).fill(recipient())
    for value, algorithm in zip(read(raw).get_all("DKIM-Signature") or [], ["rsa", "ed25519"], strict=True):
        tags = dict(re.split(r"\s*=\s*", tag.strip(), maxsplit=1) for tag in value.split(";"))
        names = re.sub(r"\s", "", tags["h"]).split(":")
        assert "l" not in tags
        assert tags["a"] == f"{algorithm}-sha256"
        assert tags["c"] == "relaxed/relaxed"
        assert tags["d"] == "example.org"
        assert tags["t"] == str(int(recipient().dated.timestamp()))
        assert {"message-id", "mime-version", "list-id", "list-help", "list-archive", "feedback-id"} <= set(names)
        present = {name for name, _ in canonical_fields(raw.partition(b"\r\n\r\n")[0] + b"\r\n")}
        assert {name: names.count(name) for name in SEALED} == {name: 1 + (name in present) for name in SEALED}
        assert not {"return-path", "received"} & set(names)


def test_a_second_copy_of_a_delivery_has_the_same_signature(keys: tuple[DkimKey, ...]) -> None:
    once = compiled(statement(), *keys, subject=PERSONAL).fill(recipient(first_name="Ana"))
    assert once == compiled(statement(), *keys, subject=PERSONAL).fill(recipient(first_name="Ana"))


TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(" \t\n.=é漢ب"), max_size=200)


@settings(max_examples=60, deadline=None, phases=set(Phase) - {Phase.explain},
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(text=TEXT, html=TEXT, name=st.text(max_size=40), number=st.integers(1, 2**40))
def test_whatever_is_written_the_verifier_accepts_it(
    text: str, html: str, name: str, number: int, quick: DkimKey
) -> None:
    subject = "Hello \ue000first_name\ue001 and \ue000last_name__61206220\ue001"
    words = f"{text.replace(chr(0xE000), '').replace(chr(0xE001), '')} \ue000first_name\ue001 "
    page = f"{html.replace(chr(0xE000), '').replace(chr(0xE001), '')}\ue000email\ue001\t\ue000last_name\ue001"
    person = recipient(number, first_name=name, last_name=name[::-1])
    message = compile_newsletter(Rendered(subject, "", page, words), replace(STREAM, keys=(quick,)), LIST)
    assert verified(message.fill(person), quick)


def test_selectors_and_folded_names_stay_within_the_lines(keys: tuple[DkimKey, ...], tmp_path: Path) -> None:
    long = DkimKey.parse(f"{'s' * 60}:{'long-name.' * 5}example.org:{key_file(tmp_path, 'ed25519')}")
    raw = compiled(statement(), long, *keys).fill(recipient())
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 200
    assert verified(raw, long, *keys)
