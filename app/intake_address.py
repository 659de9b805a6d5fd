"""Where answers come in: `lmtp://127.0.0.1:8024` to listen, `imaps://user:pass@host/INBOX` to fetch."""

from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import unquote

from app.server_url import ESCAPES, split_address

_LISTEN_FORM = "write it like lmtp://127.0.0.1:8024 or smtp://127.0.0.1:8025"
_MAILBOX_FORM = f"write it like imaps://user:pass@mail.example.org/INBOX; {ESCAPES}"
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
        url = split_address(text, _LISTEN_FORM)
        if url.scheme not in {"lmtp", "smtp"} or not url.hostname or not url.port or url.path.strip("/") or url.query:
            raise ValueError(_LISTEN_FORM)
        return cls("lmtp" if url.scheme == "lmtp" else "smtp", url.hostname, url.port)

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
        url = split_address(text, _MAILBOX_FORM)
        if url.scheme != "imaps" or not url.hostname or not url.username or not url.password or url.query:
            raise ValueError(_MAILBOX_FORM)
        folder = unquote(url.path.strip("/")) or "INBOX"
        return cls(url.hostname, url.port or _IMAPS, unquote(url.username), unquote(url.password), folder)

    def __str__(self) -> str:
        """The address with its password masked, fit for a log."""
        return f"imaps://{self.user}:***@{self.host}:{self.port}/{self.folder}"
