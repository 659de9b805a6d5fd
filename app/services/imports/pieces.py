"""The file in the database, in pieces of one size, so that any worker can read it from any place."""

import codecs
from collections.abc import Iterator
from typing import IO

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.errors import Invalid, Problem
from app.models import ImportPiece, SubscriberImport

PIECE = 256 * 1024
MOST_OCTETS = 500_000_000
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ZIP, _OLD_OFFICE, _GZIP = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"
_OFFICE_PARTS = (b"[Content_Types].xml", b"_rels/", b"xl/", b"mimetypeapplication/vnd.oasis")


def store(session: Session, made: SubscriberImport, stream: IO[bytes]) -> None:
    """Copy a file into the pieces of an import, which has its id; its size is noted. UTF-16 becomes UTF-8.

    Raises Invalid (field "file") if it is empty, too large, or no text.
    """
    octets = 0
    for place, content in enumerate(_cut(as_octets(stream))):
        octets += len(content)
        if octets > MOST_OCTETS:
            raise _unfit(f"The file is larger than {MOST_OCTETS // 1_000_000} MB. Cut it into several.")
        session.execute(insert(ImportPiece).values(import_id=made.id, place=place, content=content))
    if not octets:
        raise _unfit("The file is empty. Choose another one.")
    made.octets = octets
    session.flush()


def read(session: Session, import_id: int, offset: int) -> Iterator[bytes]:
    """The file from this octet on, a piece at a time."""
    place, skipped = divmod(offset, PIECE)
    while True:
        wanted = select(ImportPiece.content).where(ImportPiece.import_id == import_id, ImportPiece.place == place)
        content = session.scalar(wanted)
        if content is None:
            return
        yield bytes(content[skipped:])
        place, skipped = place + 1, 0


def forget(session: Session, import_id: int) -> None:
    """Drop the file."""
    session.execute(delete(ImportPiece).where(ImportPiece.import_id == import_id))


def as_octets(stream: IO[bytes]) -> Iterator[bytes]:
    """The file as it is stored; raises Invalid (field "file") if it is no text."""
    first = stream.read(PIECE)
    _refuse_what_is_no_text(first)
    if not first.startswith(_UTF_16):
        while first:
            yield first
            first = stream.read(PIECE)
        return
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    while first:
        yield decoder.decode(first).encode("utf-8", "replace")
        first = stream.read(PIECE)
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _cut(contents: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for content in contents:
        rest += content
        while len(rest) >= PIECE:
            yield rest[:PIECE]
            rest = rest[PIECE:]
    if rest:
        yield rest


def _refuse_what_is_no_text(first: bytes) -> None:
    if first.startswith(_OLD_OFFICE) or (first.startswith(_ZIP) and any(part in first for part in _OFFICE_PARTS)):
        raise _unfit("This is a spreadsheet. Save it as CSV (UTF-8) in the program that made it, then choose that.")
    if first.startswith((_ZIP, _GZIP)):
        raise _unfit("This is a packed archive. Unpack it, then choose the files in it one after the other.")
    if first.startswith((b"\x80", b"(dp")):
        raise _unfit("This is a file that only Mailman reads. Have it write a list: list_members --fullnames NAME")
    if b"\0" in first and not first.startswith(_UTF_16):
        raise _unfit("This is no text. Choose a CSV file, or a list with one address in each line.")


def _unfit(words: str) -> Invalid:
    return Invalid(Problem(words, field="file"))
