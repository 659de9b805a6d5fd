"""Where mail is handed over, as one URL: `smtp://user:pass@host:587?tls=starttls` or `smtps://host`."""

from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit

Tls = Literal["none", "starttls", "implicit"]
_FORM = "write it like smtp://host:587?tls=starttls or smtps://user:pass@host"
_ESCAPES = "in a name or password, / ? # [ @ : are written %2F %3F %23 %5B %40 %3A"
_PORTS: dict[Tls, int] = {"none": 25, "starttls": 587, "implicit": 465}


@dataclass(frozen=True, slots=True)
class SmtpUrl:
    """One relay. TLS is never guessed and never falls back (RFC 8314): it is what the URL says."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the URL; ValueError says what is wrong with it and shows the right form."""
        try:
            url = urlsplit(text.strip())
            port = url.port
        except ValueError:
            # the library's words repeat what it took for the host or the port, and that may be the password
            raise ValueError(f"the host or the port can't be read: {_FORM}; {_ESCAPES}") from None
        if url.scheme not in {"smtp", "smtps"} or not url.hostname:
            raise ValueError(_FORM)
        if url.path.strip("/") or url.fragment or "@" in url.query:
            raise ValueError(f"nothing but ?tls= may follow the host: {_FORM}; {_ESCAPES}")
        tls = _tls_of(url.scheme, parse_qs(url.query, keep_blank_values=True), url.hostname)
        user, password = unquote(url.username or ""), unquote(url.password or "")
        if password and not user:
            raise ValueError(f"a password needs a name before the colon: {_FORM}")
        if user and tls == "none":
            raise ValueError("a password is never sent in the clear: add ?tls=starttls or use smtps://")
        return cls(url.hostname, port or _PORTS[tls], tls, user, password)

    def __str__(self) -> str:
        """The URL with its password masked, fit for a log."""
        login = f"{self.user}:***@" if self.user else ""
        scheme = "smtps" if self.tls == "implicit" else "smtp"
        query = f"?tls={self.tls}" if scheme == "smtp" else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{login}{host}:{self.port}{query}"


def _tls_of(scheme: str, query: dict[str, list[str]], host: str) -> Tls:
    """The TLS mode; plain SMTP to another machine has to be asked for by name."""
    unknown = sorted(query.keys() - {"tls"})
    if unknown:
        raise ValueError(f"unknown option {', '.join(unknown)}: only tls=none, tls=starttls is known")
    chosen = query.get("tls", [""])[0]
    if scheme == "smtps":
        if chosen not in {"", "implicit"}:
            raise ValueError("smtps:// is TLS from the first byte; leave tls= away")
        return "implicit"
    match chosen:
        case "starttls":
            return "starttls"
        case "none":
            return "none"
        case "" if host in {"localhost", "127.0.0.1", "::1"}:
            return "none"
        case "":
            raise ValueError("say tls=starttls, or tls=none for a relay in your own network")
        case _:
            raise ValueError(f"tls={chosen} is unknown: use tls=starttls or tls=none")
