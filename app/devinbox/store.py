"""What the development inbox keeps: each message as it came, and one line about it in an index that only grows."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path
from typing import Self

from app.errors import NotFound

PAGE_SIZE = 50
_INDEX = "index.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """One received message as the index knows it; sender and recipients are those of the envelope."""

    id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    received: str
    size: int

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read a line of the index."""
        values = json.loads(line)
        return cls(**{**values, "recipients": tuple(values["recipients"])})

    @property
    def received_at(self) -> datetime:
        """When the message came."""
        return datetime.fromisoformat(self.received)

    def matches(self, search: str) -> bool:
        """Whether a recipient or the subject contains the words, whatever their case."""
        wanted = search.casefold()
        return wanted in self.subject.casefold() or any(wanted in who.casefold() for who in self.recipients)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its entries, its number from 1, and how many there are."""

    entries: tuple[Entry, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message, parsed for reading."""

    entry: Entry
    raw: bytes

    @property
    def parsed(self) -> EmailMessage:
        """The message as the standard library reads it."""
        parsed = BytesParser(policy=policy.default).parsebytes(self.raw)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def headers(self) -> str:
        """The header section exactly as it came."""
        head, _, _ = self.raw.partition(b"\r\n\r\n")
        return head.decode("utf-8", "replace")

    @property
    def text(self) -> str:
        """The plain text part; empty if there is none."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """The HTML part; empty if there is none."""
        return self._body("html")

    def _body(self, kind: str) -> str:
        part = self.parsed.get_body((kind,))
        return str(part.get_content()) if part is not None and part.get_content_subtype() == kind else ""


class Inbox:
    """The reading side of a folder of received mail; the folder may not exist yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> list[Entry]:
        """Every message, oldest first."""
        return list(self._entries())

    def messages(self, search: str = "", page: int = 1) -> Page:
        """One page of those whose recipient or subject contains the words, newest first."""
        found = [entry for entry in self._entries() if entry.matches(search.strip())][::-1]
        pages = max(1, -(-len(found) // PAGE_SIZE))
        number = min(max(page, 1), pages)
        first = (number - 1) * PAGE_SIZE
        return Page(tuple(found[first : first + PAGE_SIZE]), number, pages, len(found))

    def get(self, message_id: str) -> Message:
        """One message; NotFound if there is none of this id."""
        for entry in self._entries():
            if entry.id == message_id:
                return Message(entry, (self._folder / f"{entry.id}.eml").read_bytes())
        raise NotFound(f"There is no message {message_id} in the development inbox.")

    def _entries(self) -> Iterator[Entry]:
        try:
            with (self._folder / _INDEX).open(encoding="utf-8") as index:
                for line in index:
                    if line.endswith("\n"):  # the last line may be half written
                        yield Entry.from_line(line)
        except FileNotFoundError:
            return


class Writer:
    """The writing side; one process at a time. It goes on numbering where an earlier one stopped."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._last = max((int(file.stem) for file in folder.glob("*.eml")), default=0)
        index = folder / _INDEX
        _cut_half_line(index)
        self._index = index.open("a", encoding="utf-8")

    def add(self, sender: str, recipients: list[str], raw: bytes) -> Entry:
        """Keep one message; it is listed once the file is complete."""
        self._last += 1
        entry = Entry(
            id=f"{self._last:06d}",
            sender=sender,
            recipients=tuple(recipients),
            subject=_subject(raw),
            received=datetime.now(UTC).isoformat(timespec="milliseconds"),
            size=len(raw),
        )
        (self._folder / f"{entry.id}.eml").write_bytes(raw)
        self._index.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
        self._index.flush()
        return entry

    def close(self) -> None:
        """Close the index."""
        self._index.close()


def _cut_half_line(index: Path) -> None:
    """Remove what a killed writer left of its last line."""
    if index.exists() and not (content := index.read_bytes()).endswith(b"\n"):
        with index.open("rb+") as file:
            file.truncate(content.rfind(b"\n") + 1)


def _subject(raw: bytes) -> str:
    """The subject in readable form, without parsing the body; unreadable encodings are shown as they are."""
    head, _, _ = raw.partition(b"\r\n\r\n")
    value = BytesHeaderParser(policy=policy.compat32).parsebytes(head)["Subject"]
    try:
        return " ".join(str(make_header(decode_header(str(value or "")))).split())
    except (LookupError, UnicodeError, ValueError):
        return str(value)
