"""What can be seen in the bytes themselves: lines, encodings, MIME structure, sizes (rules M-01 … M-10, H-15, H-16)."""

import re
from collections.abc import Iterator

from app.mail.encoded_words import MAX_LINE, decode_words
from app.mail.letter import Letter, Part
from app.mail.problems import Problem, error, warning

MAX_OCTETS = 998
MAX_HEADER_OCTETS = 16_000
HTML_WARNING, HTML_ERROR = 80_000, 100_000
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)|\0")
_BAD_QUOTED = re.compile(rb"=(?![0-9A-F]{2}|\r?\n|\Z)|[ \t]\r?\n|[^\t\r\n\x20-\x7e]")
_BAD_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\r\n]")
_READABLE = bytes({*range(0x20, 0x7F), 0x09, 0x0A, 0x0D} - {0x3D})
_SHAPES = {"alternative(plain,html)"}
_RELATED = re.compile(r"alternative\(plain,related\(html(?:,[^()]*)?\)\)")
_ATTACHED = re.compile(r"mixed\((alternative\(.*\)),[^()]*\)")
_STRUCTURED = {"subject", "comments", "from", "to", "reply-to", "sender", "list-id"}


def check_line_ends(letter: Letter) -> Iterator[Problem]:
    """M-06: CRLF alone ends lines (RFC 2045 section 2.7)."""
    if _BARE.search(letter.raw):
        yield error("M-06", "A line ends in something else than CRLF, or holds a NUL; write CRLF only.")


def check_line_lengths(letter: Letter) -> Iterator[Problem]:
    """M-03: at most 998 octets to a line (RFC 5322 section 2.1.1)."""
    longest = max(map(len, letter.raw.split(b"\r\n")))
    if longest > MAX_OCTETS:
        yield error("M-03", f"A line is {longest} octets long; fold or encode it to at most {MAX_OCTETS}.")


def check_seven_bits(letter: Letter) -> Iterator[Problem]:
    """M-04: a body without octets over 127 needs no 8BITMIME and is never re-encoded on its way."""
    if not letter.raw[len(letter.head) :].isascii():
        yield error("M-04", "The body holds raw 8-bit characters; encode it as quoted-printable or base64.")


def check_shape(letter: Letter) -> Iterator[Problem]:
    """M-01: plain text first, HTML last (RFC 2046 section 5.1.4); M-09: better no attachments."""
    shape = letter.shape
    if attached := _ATTACHED.fullmatch(shape):
        shape = attached[1]
        yield warning("M-09", "There is an attachment; a link to an accessible web page reaches more readers.")
    if shape not in _SHAPES and not _RELATED.fullmatch(shape):
        yield error("M-01", "The message isn't a plain text followed by the same in HTML (multipart/alternative).")
    if any("=?" in part.parameters for part in letter.parts):
        yield error("M-09", "A MIME parameter holds an encoded-word; write it in the way of RFC 2231.")


def check_mime_version(letter: Letter) -> Iterator[Problem]:
    """M-02: MIME-Version and the charset of each text (RFC 2045 section 4)."""
    if letter.values("mime-version") != ["1.0"]:
        yield error("M-02", "There must be exactly one field “MIME-Version: 1.0”.")
    for part in letter.parts:
        if part.type.startswith("text/") and part.charset != "utf-8":
            yield error("M-02", f"The {part.type} part doesn't say charset=utf-8; add it to its Content-Type.")


def check_encodings(letter: Letter) -> Iterator[Problem]:
    """M-04 and M-05: each leaf is quoted-printable or base64, well formed, in the smaller of the two."""
    for part in letter.parts:
        if part.encoding == "quoted-printable":
            yield from _quoted(part)
        elif part.encoding == "base64":
            yield from _base64(part)
        else:
            yield error("M-04", f"The {part.type} part must be quoted-printable or base64 encoded.")
            continue
        if part.type.startswith("text/"):
            yield from _smaller(part)


def _quoted(part: Part) -> Iterator[Problem]:
    if _BAD_QUOTED.search(part.body) or _longest(part.body) > MAX_LINE:
        yield error("M-05", f"The {part.type} part isn't well-formed quoted-printable (RFC 2045 section 6.7).")


def _base64(part: Part) -> Iterator[Problem]:
    if _BAD_BASE64.search(part.body) or _longest(part.body) > MAX_LINE:
        yield error("M-05", f"The {part.type} part isn't well-formed base64 (RFC 2045 section 6.8).")


def _longest(body: bytes) -> int:
    return max(map(len, body.splitlines()), default=0)


def _smaller(part: Part) -> Iterator[Problem]:
    """A tenth is left for soft line breaks."""
    quoted = len(part.content) + 2 * len(part.content.translate(None, _READABLE))
    based = len(part.content) * 4 / 3
    used, other = (quoted, based) if part.encoding == "quoted-printable" else (based, quoted)
    if used > other * 1.1 and used > 400:
        yield warning("M-04", f"The {part.type} part would be smaller in the other transfer encoding.")


def check_encoded_words(letter: Letter) -> Iterator[Problem]:
    """M-07: encoded-words that stand alone, on lines of at most 76 (RFC 2047 sections 2 and 5)."""
    for name, value in letter.fields:
        if name in _STRUCTURED and "=?" in value and decode_words(value)[1]:
            yield error("M-07", f"An encoded-word in {name} is over 75 characters or doesn't decode by itself.")
        if name in _STRUCTURED - {"to"} and not value.isascii():
            yield error("M-07", f"The field {name} holds raw non-ASCII characters; write encoded-words.")
    if any(b"=?" in line and len(line) > MAX_LINE for line in letter.head.split(b"\r\n")):
        yield error("M-07", f"A header line with an encoded-word is over {MAX_LINE} characters; fold it.")


def check_header_section(letter: Letter) -> Iterator[Problem]:
    """H-15: only fields, no control characters, written or encoded; H-16: not too much of it."""
    if any(not name.isascii() or not name.replace("-", "").isalnum() for name, _ in letter.fields):
        yield error("H-15", "A header line has no proper field name; a line break may have slipped into a value.")
    if any(not _printable(value) for _, value in letter.fields):
        yield error("H-15", "A header field holds a control character; take it out.")
    if len(letter.head) > MAX_HEADER_OCTETS:
        yield error("H-16", f"The header section is over {MAX_HEADER_OCTETS:,} octets; shorten it.")


def _printable(value: str) -> bool:
    text = decode_words(value)[0] if "=?" in value else value
    return not any(character < " " or "\x7f" <= character <= "\x9f" for character in text.replace("\t", " "))


def check_html_size(letter: Letter) -> Iterator[Problem]:
    """M-10: large pages are clipped, and the way out at their end with them."""
    size = len(letter.html.content) if letter.html else 0
    words = f"The HTML is {size / 1000:.0f} kB; Gmail clips it at about 100. Shorten the text."
    if size > HTML_ERROR:
        yield error("M-10", words)
    elif size > HTML_WARNING:
        yield warning("M-10", words)


CHECKS = (
    check_line_ends,
    check_line_lengths,
    check_seven_bits,
    check_shape,
    check_mime_version,
    check_encodings,
    check_encoded_words,
    check_header_section,
    check_html_size,
)
