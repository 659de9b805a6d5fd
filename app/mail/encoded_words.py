"""Encoded-words (RFC 2047): human text in header fields, written so that every word stands alone.

The standard library's folding has split characters and joined words wrongly in several releases; these few
lines encode a text as a whole, cut between characters, and therefore decode to exactly what went in.
"""

import re
from base64 import b64encode
from binascii import a2b_base64, a2b_qp

MAX_WORD = 75
MAX_LINE = 76
_FRAME = len("=?utf-8?q??=")
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q = [chr(octet) if octet in _Q_SAFE else "_" if octet == 0x20 else f"={octet:02X}" for octet in range(256)]
_ENCODED = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?\s]*)\?=")
_BETWEEN_WORDS = re.compile(r"(=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=)")


def encode_words(text: str, first_room: int = MAX_WORD) -> list[str]:
    """Write `text` as encoded-words of at most 75 characters, the first of at most `first_room`.

    They use only what is allowed in a phrase too (section 5, rule 3). Readers drop the space between them.
    """
    octets = text.encode("utf-8")
    kind = "q" if sum(len(_Q[octet]) for octet in octets) <= -(-len(octets) // 3) * 4 else "b"
    words = []
    room = min(first_room, MAX_WORD) - _FRAME
    taken = b""
    for character in text:
        more = taken + character.encode("utf-8")
        if taken and len(_payload(more, kind)) > room:
            words.append(_word(taken, kind))
            room = MAX_WORD - _FRAME
            more = character.encode("utf-8")
        taken = more
    return [*words, _word(taken, kind)]


def _payload(octets: bytes, kind: str) -> str:
    if kind == "q":
        return "".join([_Q[octet] for octet in octets])
    return b64encode(octets).decode("ascii")


def _word(octets: bytes, kind: str) -> str:
    return f"=?utf-8?{kind}?{_payload(octets, kind)}?="


def decode_words(value: str) -> tuple[str, list[str]]:
    """Read a field's value: its text, and those of its encoded-words that break a rule of RFC 2047.

    A word is at most 75 characters long, in UTF-8, and decodes by itself. Broken words stay in the text as they are.
    """
    text: list[str] = []
    broken: list[str] = []
    after_word = False
    for piece in _BETWEEN_WORDS.split(value):
        match = _ENCODED.fullmatch(piece)
        if match is None:
            if piece.strip() or not after_word:
                text.append(piece)
                after_word = False
            if "=?" in piece:
                broken.append(piece)
            continue
        decoded = _decode(match)
        if decoded is None or len(piece) > MAX_WORD:
            broken.append(piece)
        text.append(piece if decoded is None else decoded)
        after_word = True
    return "".join(text), broken


def _decode(match: re.Match[str]) -> str | None:
    charset, kind, payload = match.groups()
    try:
        octets = a2b_base64(payload) if kind in "bB" else a2b_qp(payload, header=True)
        return octets.decode("utf-8") if charset.lower() in {"utf-8", "us-ascii"} else None
    except ValueError:
        return None
