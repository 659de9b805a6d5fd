"""From bytes to text: Unicode or nothing, with a sentence that says where and what to mend."""

import codecs
import re

from app.errors import Invalid, Problem
from app.services.statement_reader.file_kinds import refusal

MAX_BYTES = 1_000_000
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_MOSTLY_INVISIBLE = 0.05
_DECLARED = re.compile(
    rb"<meta[^>]{1,200}?charset\s{0,9}=\s{0,9}[\"']?(windows-125[0-8]|iso-8859-(?:1[013-6]|[1-9]))\b", re.IGNORECASE
)
_HEAD = 4096


def decode(content: bytes) -> tuple[str, list[str]]:
    """Give the text, its lines ended by LF, and notes on what was odd about it.

    UTF-8 with or without a byte order mark and UTF-16 with one are read, and what a web page says of itself, as those
    do that Word saves; nothing is guessed. Raises Invalid for empty, oversized, binary or wrongly encoded content.
    """
    if not content:
        raise _invalid("The file is empty. Please choose the file that holds the statement.")
    advice = refusal(content)
    if advice:
        raise _invalid(advice)
    if len(content) > MAX_BYTES:
        raise _invalid(
            f"The file is too large: {len(content):,} bytes, and at most {MAX_BYTES:,} (1 MB) are read. "
            "Keep the text alone, without embedded pictures."
        )
    text = _unicode(content)
    if "\0" in text:
        raise _binary(text.count("\n", 0, text.index("\0")) + 1)
    return _clean(_LINE_ENDS.sub("\n", text))


def visible(text: str) -> str:
    """Leave out control characters, which show nothing and which no page or mail may hold."""
    return _INVISIBLE.sub("", text)


def _unicode(content: bytes) -> str:
    if content.startswith(_UTF16):
        return _decoded(content, "utf-16", "UTF-16")
    if b"\0" in content:
        raise _binary(_line(content[: content.index(b"\0")].decode("latin-1")))
    return _decoded(content, *_encoding(content)).removeprefix("\ufeff")


def _encoding(content: bytes) -> tuple[str, str]:
    """The codec and its name: UTF-8, or else what a page declares; ISO-8859-1 means Windows-1252, as in browsers."""
    declared = _DECLARED.search(content[:_HEAD])
    if declared is None or _is_utf8(content):
        return "utf-8", "UTF-8"
    name = declared[1].decode().lower()
    return ("windows-1252" if name == "iso-8859-1" else name), name


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decoded(content: bytes, codec: str, name: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        line = _line(content[: error.start].decode(codec, "ignore"))
        raise Invalid(
            Problem(
                f"The byte at offset {error.start} (counted from 0) isn't valid {name}: the file is damaged or was "
                "saved in an older encoding such as Windows-1252. Open it in the program that wrote it and save it "
                "again with the encoding UTF-8; or convert it with “iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW”.",
                field="file",
                line=line,
            )
        ) from error


def _clean(text: str) -> tuple[str, list[str]]:
    hidden = _INVISIBLE.findall(text)
    if len(hidden) > len(text) * _MOSTLY_INVISIBLE:
        raise _binary(None)
    if not any(character.isalnum() for character in text):
        raise _invalid("The file holds no words. Please choose the file that holds the statement.")
    notes = []
    if hidden:
        first = _INVISIBLE.search(text)
        line = text.count("\n", 0, first.start() if first else 0) + 1
        notes.append(f"Invisible control characters were left out: {len(hidden)}, the first on line {line}.")
    if "\ufffd" in text:
        line = text.count("\n", 0, text.index("\ufffd")) + 1
        notes.append(f"Line {line} holds “\ufffd”: a letter was lost before the file came here. Please mend it.")
    return visible(text), notes


def _line(before: str) -> int:
    return len(re.findall("\r\n|\r|\n", before)) + 1


def _binary(line: int | None) -> Invalid:
    return Invalid(
        Problem(
            "This isn't a text file. Give a Markdown (.md), HTML (.html) or plain text (.txt) file saved as UTF-8.",
            field="file",
            line=line,
        )
    )


def _invalid(message: str) -> Invalid:
    return Invalid(Problem(message, field="file"))
