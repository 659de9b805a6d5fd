"""Where answers come in: `lmtp://127.0.0.1:8024` to listen, `imaps://user:pass@host/INBOX` to fetch."""

from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

_LISTEN_FORM = "write it like lmtp://127.0.0.1:8024 or smtp://127.0.0.1:8025"
_MAILBOX_FORM = "write it like imaps://user:pass@mail.example.org/INBOX"
_ESCAPES = "in a name or password, / ? # [ @ : are written %2F %3F %23 %5B %40 %3A"
_IMAPS = 993


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where the listener waits for the mail server, and in which protocol."""

    protocol: Literal["lmtp", "smtp"]
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the address; ValueError says what to write instead."""
        try:
            url = urlsplit(text.strip())
            port = url.port
        except ValueError:
            raise ValueError(_LISTEN_FORM) from None
        if url.scheme not in {"lmtp", "smtp"} or not url.hostname or not port or url.path.strip("/") or url.query:
            raise ValueError(_LISTEN_FORM)
        return cls("lmtp" if url.scheme == "lmtp" else "smtp", url.hostname, port)

    def __str__(self) -> str:
        """As it is written."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.protocol}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A folder of a mailbox from which reports are fetched, by IMAP over TLS (RFC 8314) only."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the address; ValueError says what to write instead."""
        try:
            url = urlsplit(text.strip())
            port = url.port
        except ValueError:
            raise ValueError(f"{_MAILBOX_FORM}; {_ESCAPES}") from None
        if url.scheme != "imaps" or not url.hostname or not url.username or not url.password or url.query:
            raise ValueError(f"{_MAILBOX_FORM}; {_ESCAPES}")
        folder = unquote(url.path.strip("/")) or "INBOX"
        return cls(url.hostname, port or _IMAPS, unquote(url.username), unquote(url.password), folder)

    def __str__(self) -> str:
        """The address with its password masked, fit for a log."""
        return f"imaps://{self.user}:***@{self.host}:{self.port}/{self.folder}"
