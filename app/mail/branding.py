"""What every mail says about its sender."""

from dataclasses import dataclass
from typing import Self

from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Branding:
    """The imprint of all mails: who writes, where they are, how to reach them (CAN-SPAM, CASL).

    `postal_address` and `footer_text` may have several lines; `contact_phone`, `about_url`, `privacy_url` and
    `footer_text` may be empty.
    """

    organisation: str
    postal_address: str
    contact_email: str
    contact_phone: str = ""
    about_url: str = ""
    privacy_url: str = ""
    subject_matter: str = ""
    footer_text: str = ""

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Take the imprint from what the installation decides."""
        return cls(
            organisation=settings.organisation,
            postal_address=settings.postal_address,
            contact_email=settings.contact_email,
            contact_phone=settings.contact_phone,
            about_url=settings.about_url,
            privacy_url=settings.privacy_url,
            subject_matter=settings.subject_matter,
            footer_text=settings.footer_text,
        )

    @property
    def address_lines(self) -> list[str]:
        """The lines of the postal address below the organisation's name, which need not stand there twice."""
        lines = [line.strip() for line in self.postal_address.splitlines() if line.strip()]
        return lines[1:] if lines[1:] and lines[0].casefold() == self.organisation.casefold() else lines
