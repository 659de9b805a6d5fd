"""Header fields: what a parser reads back is what was written, and machines' fields stay machine-readable."""

import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.errors import Invalid
from app.mail.policy import HEADER_POLICY, RAW_FIELDS, header_lines

WORD = re.compile(rb"=\?utf-8\?([bq])\?([^?\s]*)\?=")
CONTROLS = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029]))
TEXT = st.text(st.characters(exclude_characters=CONTROLS, exclude_categories=["Cs"]), min_size=1)


def parsed(raw: bytes):
    return message_from_bytes(raw + b"\r\n", policy=policy.default)


def assert_well_formed(raw: bytes) -> None:
    assert raw.isascii()
    for line in raw.split(b"\r\n"):
        assert len(line) <= 78
    for word in re.findall(rb"=\?utf-8[^\s]*", raw):
        assert len(word.rstrip(b",")) <= 75
        assert WORD.fullmatch(word), word
        ((octets, charset),) = decode_header(word.decode())
        octets.decode(charset)


SUBJECTS = [
    "Short",
    "Statement: the right to vote, to live independently and to be heard; what the committee said in May",
    "بيان صحفي: الحق في التصويت " * 11,
    "残疾人权利公约" * 43,
    "🎉👩🏽‍🦽" * 60,
    "Änderung" * 40,
    "a" * 300,
    "=?utf-8?q?not_a_word?=",
    "two  spaces and a ?= in it",
    "x" * 67 + " é",
]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_subjects_survive_in_words_that_stand_alone(subject):
    raw = header_lines([("Subject", subject)])
    assert_well_formed(raw)
    assert parsed(raw)["Subject"] == subject.strip()


@given(TEXT.map(str.strip).filter(bool))
@example("a = b =?")
@example("\u0600" * 40)
def test_any_subject_survives(subject):
    raw = header_lines([("Subject", subject)])
    assert_well_formed(raw)
    words = WORD.findall(raw)
    if words:
        unfolded = "".join(
            octets.decode(charset) for octets, charset in (decode_header(m[0].decode())[0] for m in WORD.finditer(raw))
        )
        assert unfolded == subject
    else:
        assert raw[9:-2].replace(b"\r\n ", b" ").decode() == subject


NAMES = [
    "Ada", "Séan Ó Néill, Disability Rights", 'a,;:"()<>@\\b', "O'Brien & Sons", "=?utf-8?q?x?=", "x" * 200,
    "منظمة حقوق الأشخاص ذوي الإعاقة " * 4, "a.b", "Ada  Two", '"', "\\",
    "Press office of the International Alliance for the Rights of Persons",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_display_name_stays_one_mailbox(name):
    raw = header_lines([("From", Address(name, "news", "example.org"))])
    assert_well_formed(raw)
    (address,) = parsed(raw)["From"].addresses
    assert address.addr_spec == "news@example.org"
    phrase, mailbox = parseaddr(raw.decode().removeprefix("From: "))
    assert mailbox == "news@example.org"
    assert str(make_header(decode_header(phrase))) == name.strip()


@given(TEXT)
def test_any_display_name_stays_one_mailbox(name):
    raw = header_lines([("Reply-To", Address(name, "news", "example.org"))])
    assert_well_formed(raw)
    (address,) = parsed(raw)["Reply-To"].addresses
    assert address.addr_spec == "news@example.org"


def test_several_addresses():
    raw = header_lines([("To", [Address("A, B", "a", "example.org"), Address("", "b", "example.org")])])
    assert raw == b'To: "A, B" <a@example.org>, b@example.org\r\n'


def test_an_internationalised_recipient_is_written_in_utf8():
    assert header_lines([("To", Address("", "用户", "xn--r8jz45g.test"))]).decode() == "To: 用户@xn--r8jz45g.test\r\n"


@pytest.mark.parametrize(
    ("username", "domain"),
    [("a b", "example.org"), ("a", "büro.example"), ("", "example.org"), ("a", ""), ("a>", "example.org")],
)
def test_a_mailbox_that_is_none_is_refused(username, domain):
    with pytest.raises(Invalid):
        header_lines([("To", Address("", username, domain))])


def test_no_address_at_all_is_refused():
    with pytest.raises(Invalid, match="missing"):
        header_lines([("To", [])])


@pytest.mark.parametrize("length", range(10, 401, 13))
def test_the_unsubscribe_url_is_never_encoded_nor_broken(length):
    value = f"<https://lists.example.org/u/{'aB-_' * (length // 4)}>, <mailto:u+{'x' * length}@lists.example.org>"
    raw = header_lines([("List-Unsubscribe", value), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")])
    assert b"=?" not in raw
    assert raw.replace(b"\r\n ", b" ").startswith(f"List-Unsubscribe: {value}\r\n".encode())
    assert raw.endswith(b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
    message = EmailMessage(policy=HEADER_POLICY)
    message["List-Unsubscribe"] = value
    assert message.as_bytes() == raw.split(b"List-Unsubscribe-Post")[0] + b"\r\n"


def test_the_policy_writes_the_same_bytes_as_header_lines():
    pairs = [
        ("Subject", "Überblick " * 30),
        ("From", Address("Séan, Ó", "news", "example.org")),
        ("List-Id", "Ünï <a.example.org>"),
    ]
    message = EmailMessage(policy=HEADER_POLICY)
    for name, value in pairs:
        message[name] = value
    assert message.as_bytes() == header_lines(pairs) + b"\r\n"
    message.set_content("Grüße\n")
    assert b"MIME-Version: 1.0\r\n" in message.as_bytes()
    assert message.as_string().startswith("Subject: =?utf-8?")


def test_a_list_id_encodes_its_phrase_only():
    raw = header_lines([("List-Id", "Nouvelles récentes <news.list-id.example.org>")])
    assert raw == b"List-Id: =?utf-8?q?Nouvelles_r=C3=A9centes?= <news.list-id.example.org>\r\n"
    assert header_lines([("List-Id", "<a.example.org>")]) == b"List-Id: <a.example.org>\r\n"


def test_parameters_fold_when_they_do_not_fit():
    value = 'multipart/alternative; charset="utf-8"; boundary="=_0123456789012345678901234567890123456789"'
    raw = header_lines([("Content-Type", value)])
    assert_well_formed(raw)
    assert parsed(raw).get_boundary() == "=_0123456789012345678901234567890123456789"


@pytest.mark.parametrize("control", [*"\r\n\0\x0b\x1b\x7f\x85\u2028", "\r\nBcc: a@example.org"])
@pytest.mark.parametrize("name", ["Subject", "List-Help", "List-Id"])
def test_control_characters_are_refused(name, control):
    with pytest.raises(Invalid) as caught:
        header_lines([(name, f"a{control}b <c.d>")])
    assert caught.value.problems[0].field == name


@pytest.mark.parametrize("control", "\0\x1b\x7f\x85")
def test_control_characters_in_display_names_are_refused(control):
    with pytest.raises(Invalid):
        header_lines([("From", Address(f"a{control}b", "news", "example.org"))])


@pytest.mark.parametrize("name", ["", "Sub ject", "Subject:", "X\r\n", "Ünicode"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(Invalid):
        header_lines([(name, "x")])


@pytest.mark.parametrize("name", sorted(RAW_FIELDS))
def test_machines_fields_are_ascii(name):
    with pytest.raises(Invalid):
        header_lines([(name, "é")])
    with pytest.raises(Invalid):
        header_lines([(name, "x" * 1000)])
