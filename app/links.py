"""Every public URL that a mail may carry. The base is the configured public URL, never a request's Host header."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from app.settings import Settings
from app.tokens import Purpose, Tokens

NOBODY = 0
"""The reader of a test mail: no subscriber has this id, and the pages behind their links change nothing."""


@dataclass(frozen=True, slots=True)
class Links:
    """Builds absolute URLs; tokens are signed ids, their age counted from `at`. Each resolves to a route."""

    base: str
    tokens: Tokens

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The links of an installation: its public URL, signed with its keys."""
        return cls(settings.public_url, Tokens(settings.signing_keys))

    def home(self) -> str:
        """The archive's front page."""
        return f"{self.base}/"

    def subscribe(self) -> str:
        """The sign-up form."""
        return f"{self.base}/subscribe"

    def help(self) -> str:
        """What a reader can do about these mails (List-Help, RFC 2369 section 3.1)."""
        return f"{self.base}/help"

    def console(self) -> str:
        """Where staff sign in."""
        return f"{self.base}/console/"

    def staff_link(self, key: str) -> str:
        """Where a member of staff chooses a password; `key` is that of a mailed link."""
        return f"{self.base}/console/link/{key}"

    def edit_statement(self, statement_id: int) -> str:
        """A statement in the console."""
        return f"{self.base}/console/statements/{statement_id}"

    def campaign(self, public_id: str) -> str:
        """A campaign in the console."""
        return f"{self.base}/console/campaigns/{public_id}"

    def bounces(self) -> str:
        """What came back, in the console, with what is to be decided about it."""
        return f"{self.base}/console/bounces"

    def statement(self, slug: str, language: str = "") -> str:
        """A statement's page, which is also its mail's view in a browser; `language` names a translation."""
        return f"{self.base}/statements/{slug}/{language}".rstrip("/")

    def privacy(self) -> str:
        """What is kept of readers and why; leads to the organisation's own notice if there is one."""
        return f"{self.base}/privacy"

    def archive(self) -> str:
        """All statements (List-Archive)."""
        return f"{self.base}/statements"

    def image(self, image_id: str) -> str:
        """An uploaded image."""
        return f"{self.base}/images/{image_id}"

    def confirm(self, subscriber_id: int, request: int, at: datetime | None = None) -> str:
        """Shows the confirm button; `request` is the id of the consent event that recorded the request."""
        return f"{self.base}/c/{self.tokens.make(Purpose.CONFIRM, subscriber_id, request, at=at)}"

    def refuse(self, subscriber_id: int, request: int, at: datetime | None = None) -> str:
        """Shows the button that blocks the address."""
        return f"{self.base}/n/{self.tokens.make(Purpose.REFUSE, subscriber_id, request, at=at)}"

    def preferences(self, subscriber_id: int, at: datetime | None = None) -> str:
        """A subscriber's own page."""
        return f"{self.base}/p/{self.tokens.make(Purpose.PREFERENCES, subscriber_id, at=at)}"

    def move(self, change: int, at: datetime | None = None) -> str:
        """Shows the button by which a new address takes over; `change` is the id of the change of address."""
        return f"{self.base}/a/{self.tokens.make(Purpose.MOVE, change, at=at)}"

    def preferences_form(self) -> str:
        """Where somebody types their address, to be mailed the link to their preferences."""
        return f"{self.base}/preferences"

    def unsubscribe(self, subscriber_id: int, campaign_id: int) -> str:
        """One-click unsubscribe (RFC 8058), also the page behind the visible link; never expires."""
        return f"{self.base}/u/{self.tokens.make(Purpose.UNSUBSCRIBE, subscriber_id, campaign_id)}"
