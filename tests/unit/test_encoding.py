"""What goes through the encoder comes out of the standard library's parser byte for byte."""

import re
import timeit
from email import message_from_bytes

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.mail.base64_slots import Base64Part
from app.mail.encoding import SLOT_CLOSE, SLOT_OPEN, encode_once, encode_part, slot, split_slots
from app.mail.quoted_printable import QuotedPrintablePart

ODD = st.sampled_from(
    [
        "=",
        ".",
        "..",
        "\n.\n",
        "From ",
        "\nFrom x",
        " ",
        "\t",
        " \n",
        "\r",
        "\r\n",
        "é",
        "漢字",
        "🎉",
        "ب",
        "--=_b--",
        "\0",
        "a" * 75,
    ]
)
CONSTANT = st.lists(
    ODD | st.text(st.characters(exclude_characters=SLOT_OPEN + SLOT_CLOSE, exclude_categories=["Cs"])),
    max_size=6,
).map("".join)
VALUE = st.lists(ODD | st.text(st.characters(exclude_categories=["Cs"])), max_size=4).map(
    lambda parts: "".join(parts).encode()
)
URL = st.from_regex(r"[A-Za-z0-9._/-]{0,300}", fullmatch=True).map(str.encode)
BODY = st.lists(st.tuples(CONSTANT, VALUE | URL), max_size=5)


def crlf(data: bytes) -> bytes:
    return re.sub(rb"\r\n|\r|\n", b"\r\n", data)


def decoded(encoding: str, body: bytes) -> bytes:
    """The body as a mail reader sees it, from inside a multipart."""
    raw = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="=_b"\r\n\r\n--=_b\r\n'
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n"
    )
    message = message_from_bytes(raw + body + b"\r\n--=_b--\r\n")
    (leaf,) = message.get_payload()
    return leaf.get_payload(decode=True)


def assert_safe_on_the_wire(body: bytes) -> None:
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert body.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\x00", body)
    assert not any(line.startswith((b".", b"From ")) for line in lines)
    assert not any(line.endswith((b" ", b"\t")) for line in lines)


@pytest.mark.parametrize("part_type", [QuotedPrintablePart, Base64Part])
@settings(max_examples=400, deadline=None)
@given(start=CONSTANT, body=BODY)
@example(start="", body=[("", b""), ("", b"")])
@example(start="a ", body=[("\n", b"")])
@example(start="a", body=[("\n", b"b ")])
@example(start="x", body=[("", b"y "), ("\r", b"\nz")])
@example(start="é" * 60, body=[("é" * 60, b".abc"), (".", b"From here")])
@example(start="", body=[("", b"a" * 75 + b".b")])
@example(start="ab", body=[("c", b"d"), ("", b"e"), ("f", b"")])
def test_any_text_with_any_values_survives(part_type, start, body):
    constants = [crlf(text.encode()) for text in [start, *(text for text, _ in body)]]
    names = tuple(f"s{place}" for place in range(len(body)))
    values = {name: value for name, (_, value) in zip(names, body, strict=True)}
    part = part_type.compile(constants, names)

    filled = part.fill(values)

    expected = constants[0] + b"".join(crlf(values[n]) + c for n, c in zip(names, constants[1:], strict=True))
    assert decoded(part.encoding, filled) == expected
    assert b"".join(part.chunks(values)) == filled
    assert_safe_on_the_wire(filled)
    if part.encoding == "quoted-printable":
        assert not re.sub(rb"=[0-9A-F]{2}|=\r\n|[\x20-\x3c\x3e-\x7e]|\r\n", b"", filled)
    assert b"  " not in filled, "DKIM's relaxed form would be another one"


@settings(max_examples=200)
@given(text=CONSTANT)
def test_constant_text_survives(text):
    encoding, body = encode_once(text)
    assert decoded(encoding, body) == crlf(text.encode())
    assert_safe_on_the_wire(body)


def test_slots_are_found_in_order():
    text = f"Hello {slot('name')},\n{slot('unsubscribe_url')}{slot('name')}"
    assert split_slots(text) == ["Hello ", "name", ",\n", "unsubscribe_url", "", "name", ""]
    part = encode_part(text)
    assert part.slots == ("name", "unsubscribe_url", "name")
    filled = part.fill({"name": b"Ada", "unsubscribe_url": b"https://example.org/u/1"})
    assert decoded(part.encoding, filled) == b"Hello Ada,\r\nhttps://example.org/u/1Ada"


@pytest.mark.parametrize("text", ["a\ue000b", "a\ue001b", "\ue000\ue001", "\ue000Not A Name\ue001", "\ue001a\ue000"])
def test_a_broken_slot_is_refused(text):
    with pytest.raises(ValueError, match="slot marker"):
        encode_part(text)


def test_a_missing_value_is_an_error():
    for text in ("plain " + slot("url"), "漢字" * 40 + slot("url")):
        with pytest.raises(KeyError):
            encode_part(text).fill({})


def test_the_smaller_encoding_is_taken():
    assert encode_part("Plain words, mostly, é.").encoding == "quoted-printable"
    assert encode_part("بيان صحفي " * 20).encoding == "base64"


def test_slot_markers_in_constant_text_are_text():
    encoding, body = encode_once("a\ue000b\ue001c")
    assert decoded(encoding, body) == "a\ue000b\ue001c".encode()


@pytest.mark.parametrize("alphabet", ["Plain English words and a link. ", "بيان صحفي من المنظمة "])
def test_filling_is_cheap(alphabet):
    constant = (alphabet * 400)[: 29_000 // 6]
    part = encode_part("\n".join(f"{constant}{slot(f's{number}')}" for number in range(6)))
    values = {f"s{number}": b"https://lists.example.org/u/" + b"A1b-" * 20 for number in range(6)}
    seconds = min(timeit.repeat(lambda: part.fill(values), number=200, repeat=5)) / 200
    assert seconds < 150e-6, f"{seconds * 1e6:.0f} µs; about 20 are usual"
