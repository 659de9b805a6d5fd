"""Where mail is handed over, as one URL: `smtp://user:pass@host:587?tls=starttls` or `smtps://host`."""

from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import parse_qs, unquote

from app.server_url import ESCAPES, split_address

Tls = Literal["none", "starttls", "implicit"]
Auth = Literal["", "plain", "login", "cram-md5", "xoauth2"]
_FORM = "write it like smtp://host:587?tls=starttls or smtps://user:pass@host"
_PORTS: dict[Tls, int] = {"none": 25, "starttls": 587, "implicit": 465}


@dataclass(frozen=True, slots=True)
class SmtpUrl:
    """One relay. TLS is never guessed and never falls back (RFC 8314): it is what the URL says.

    `auth` is the one mechanism of RFC 4954 by which to log in; empty: the best that the relay offers. With `xoauth2`
    the password is the token.
    """

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)
    auth: Auth = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the URL; ValueError says what is wrong with it and shows the right form."""
        url = split_address(text, f"the host or the port can't be read: {_FORM}; {ESCAPES}")
        if url.scheme not in {"smtp", "smtps"} or not url.hostname:
            raise ValueError(_FORM)
        if url.path.strip("/") or url.fragment or "@" in url.query:
            raise ValueError(f"nothing but options such as ?tls= may follow the host: {_FORM}; {ESCAPES}")
        options = parse_qs(url.query, keep_blank_values=True)
        unknown = sorted(options.keys() - {"tls", "auth"})
        if unknown:
            raise ValueError(f"unknown option {', '.join(unknown)}: only tls= and auth= are known")
        tls = _tls_of(url.scheme, options.get("tls", [""])[0], url.hostname)
        user, password = unquote(url.username or ""), unquote(url.password or "")
        if password and not user:
            raise ValueError(f"a password needs a name before the colon: {_FORM}")
        if user and tls == "none":
            raise ValueError("a password is never sent in the clear: add ?tls=starttls or use smtps://")
        auth = _auth_of(options.get("auth", [""])[0])
        if auth and not password:
            raise ValueError(f"auth={auth} needs a name and a password before the host: {_FORM}")
        return cls(url.hostname, url.port or _PORTS[tls], tls, user, password, auth)

    @property
    def has_usual_port(self) -> bool:
        """Whether the port is the one that belongs to the TLS mode, so that it need not be named."""
        return self.port == _PORTS[self.tls]

    @property
    def place(self) -> str:
        """Host and port as they stand in a URL; an IPv6 address in brackets (RFC 3986 section 3.2.2)."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        """The URL with its password masked, fit for a log."""
        login = f"{self.user}:***@" if self.user else ""
        scheme = "smtps" if self.tls == "implicit" else "smtp"
        options = [f"tls={self.tls}"] * (scheme == "smtp") + [f"auth={self.auth}"] * bool(self.auth)
        return f"{scheme}://{login}{self.place}" + ("?" + "&".join(options) if options else "")


def _tls_of(scheme: str, chosen: str, host: str) -> Tls:
    """The TLS mode; plain SMTP to another machine has to be asked for by name."""
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


def _auth_of(chosen: str) -> Auth:
    match chosen.lower():
        case "" | "plain" | "login" | "cram-md5" | "xoauth2" as mechanism:
            return mechanism
        case _:
            raise ValueError(f"auth={chosen} is unknown: use auth=plain, login, cram-md5 or xoauth2")
