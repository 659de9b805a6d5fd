"""What a file gives us: the parts of a statement, and notes for the person who checks them."""

from dataclasses import dataclass, field
from datetime import date

from app.services.statement_texts import LIMITS, StatementTexts

MAX_TITLE = LIMITS["title"]
MAX_NAME = LIMITS["signatory_name"]
MAX_PHONE = LIMITS["contact_phone"]


@dataclass(slots=True, kw_only=True)
class StatementDraft(StatementTexts):
    """A statement as read from a file, filled in by one reader after the other; once finished it has a title.

    `body` is Markdown (CommonMark). `language` is a tag such as "fr", or None if the file doesn't tell.
    `image_is_decorative` says that the file calls its image decorative; an image that is neither described nor called
    so is told of in a note. `notes` say in plain words what was guessed, folded, left out or not found.
    """

    issued_on: date | None = None
    language: str | None = None
    topics: tuple[str, ...] = ()
    image_file: str | None = None
    image_is_decorative: bool = False
    notes: list[str] = field(default_factory=list)

    def finish(self, fallback_title: str) -> "StatementDraft":
        """Close the draft; without a title the fallback stands in, and a last note lists what is missing."""
        if not self.title:
            self.title = fallback_title[:MAX_TITLE].strip() or "Untitled statement"
            self.notes.append(f"No title was found, so “{self.title}” stands in. Please write one that tells the news.")
        missing = self._missing()
        if missing:
            self.notes.append(f"Not found in the file: {', '.join(missing)}.")
        return self

    def _missing(self) -> list[str]:
        wanted = {
            "date of issue": self.issued_on,
            "standfirst": self.standfirst,
            "body": self.body,
            "signatory": self.signatory_name,
            "media contact": self.contact_name or self.contact_email or self.contact_phone,
        }
        return [name for name, value in wanted.items() if not value]
