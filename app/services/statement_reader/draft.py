"""What a file gives us: the parts of a statement, and notes for the person who checks them."""

from dataclasses import dataclass, field, fields
from datetime import date

MAX_TITLE = 250
MAX_NAME = 200
MAX_PHONE = 60


@dataclass(frozen=True, slots=True)
class StatementDraft:
    """A statement as read from a file; `title` is never empty, other texts may be.

    `body` is Markdown (CommonMark). `language` is a tag such as "fr", or None if the file doesn't tell.
    `image_alt` is empty both for a decorative image and when nobody has described it: a note tells them apart.
    `notes` say in plain words what was guessed, folded, left out or not found.
    """

    title: str
    standfirst: str = ""
    issued_on: date | None = None
    body: str = ""
    signatory_name: str = ""
    signatory_role: str = ""
    contact_name: str = ""
    contact_role: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    language: str | None = None
    topics: tuple[str, ...] = ()
    image_file: str | None = None
    image_alt: str = ""
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Findings:
    """A draft in the making: what the readers fill in one after the other."""

    title: str = ""
    standfirst: str = ""
    issued_on: date | None = None
    body: str = ""
    signatory_name: str = ""
    signatory_role: str = ""
    contact_name: str = ""
    contact_role: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    language: str | None = None
    topics: tuple[str, ...] = ()
    image_file: str | None = None
    image_alt: str = ""
    notes: list[str] = field(default_factory=list)

    def finish(self, fallback_title: str) -> StatementDraft:
        """Close the draft; without a title the fallback stands in, and a last note lists what is missing."""
        if not self.title:
            self.title = fallback_title[:MAX_TITLE].strip() or "Untitled statement"
            self.notes.append(f"No title was found, so “{self.title}” stands in. Please write one that tells the news.")
        missing = self._missing()
        if missing:
            self.notes.append(f"Not found in the file: {', '.join(missing)}.")
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return StatementDraft(**(values | {"notes": tuple(self.notes)}))

    def _missing(self) -> list[str]:
        wanted = {
            "date of issue": self.issued_on,
            "standfirst": self.standfirst,
            "body": self.body,
            "signatory": self.signatory_name,
            "media contact": self.contact_name or self.contact_email or self.contact_phone,
        }
        return [name for name, value in wanted.items() if not value]
