"""The forms that single settings have to have, so that a slip is refused at the start and not met by readers later.

Each function gives the value in the spelling that the service uses, or raises ValueError with a sentence that says
what to write instead. No sentence repeats an address that may hold a password.
"""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

import idna
from babel import Locale, UnknownLocaleError
from pydantic import BeforeValidator
from pydantic_settings import NoDecode

_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LONGEST_HOST = 253
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?")
_NO_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f<>\"'\\^`{|}]")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_DATABASE = "postgresql+psycopg"
_DATABASE_SCHEMES = frozenset({_DATABASE, "postgresql", "postgres"})
_DATABASE_FORM = "write it like postgresql+psycopg://user:pass@host/name"
_BROKER_FORM = "write it like redis://:pass@host:6379/0, or rediss:// for TLS"
_ESCAPES = "in a name or password, / ? # [ @ : are written %2F %3F %23 %5B %40 %3A"
_PAGE_FORM = "write the whole address, such as https://example.org/thanks; a comma in it is written %2C"


def language_tag(text: str) -> str:
    """A language as BCP 47 spells it: `pt_br` becomes `pt-BR` (RFC 5646 section 2.1.1)."""
    parts = _TAG.fullmatch(text)
    if parts:
        language, script, region = parts.groups(default="")
        tag = "-".join(part for part in (language.lower(), script.title(), region.upper()) if part)
        try:
            Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            parts = None
    if not parts:
        raise ValueError(f"“{text}” is no language that we can write dates in; write tags such as en, fr or pt-BR")
    return tag


def by_language(value: object) -> object:
    """Words in several languages, `fr=nos droits; de=unsere Rechte`, as pairs of tag and words."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(";") if part.strip()]
    if not all(equals and words.strip() for _, equals, words in pairs):
        raise ValueError("write language=words, with semicolons between several: fr=nos droits; de=unsere Rechte")
    return tuple((language_tag(tag.strip()), words.strip()) for tag, _, words in pairs)


ByLanguage = Annotated[tuple[tuple[str, str], ...], NoDecode, BeforeValidator(by_language)]


def host_name(text: str) -> str:
    """A host name in ASCII (RFC 1123 section 2.1), names in other scripts as A-labels (RFC 5890)."""
    if not text.isascii():
        raise ValueError(f"write the name in its ASCII form{_suggestion(text)}")
    labels = text.split(".")
    if len(text) > _LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():
        raise ValueError("write a host name and nothing else, such as mail.example.org")
    return text


def web_origin(text: str, example: str) -> str:
    """Scheme, host and port of a web site as browsers write them (RFC 6454 section 6.2), and nothing else.

    What it gives may stand in a header such as Content-Security-Policy.
    """
    url, port = _split_web(text, f"write the whole address, such as {example}")
    host = _web_host(url.hostname or "", example)
    origin = f"{url.scheme}://{host}"
    if port is not None and port != _DEFAULT_PORTS[url.scheme]:
        origin += f":{port}"
    if url.path.strip("/") or url.query or url.fragment or "@" in url.netloc or "?" in text or "#" in text:
        raise ValueError(f"nothing may stand before or behind the host, such as a path: write {origin}")
    return origin


def web_address(text: str) -> str:
    """A page on the web, by http or https."""
    _split_web(text, _PAGE_FORM)
    return text


def database_address(text: str) -> str:
    """Where PostgreSQL is, for SQLAlchemy with psycopg; the address that libpq knows is understood as well."""
    scheme, rest = _scheme(text)
    if scheme not in _DATABASE_SCHEMES:
        raise ValueError(f"only PostgreSQL will do, by psycopg: {_DATABASE_FORM}")
    address = f"{_DATABASE}://{rest}"
    login, _, _ = _split_server(address, _DATABASE_FORM).netloc.rpartition("@")
    if "@" in login:
        raise ValueError(f"there are two @ before the host: {_DATABASE_FORM}; {_ESCAPES}")
    return address


def broker_address(text: str) -> str:
    """Where Redis or Valkey is: by TCP, because Celery knows no `unix://`."""
    scheme, rest = _scheme(text)
    if scheme == "unix":
        raise ValueError(f"Celery can't reach Redis by unix://; let Redis listen on 127.0.0.1 and {_BROKER_FORM}")
    if scheme not in {"redis", "rediss"}:
        raise ValueError(f"only Redis or Valkey will do: {_BROKER_FORM}")
    address = f"{scheme}://{rest}"
    if not re.fullmatch(r"/?[0-9]*", _split_server(address, _BROKER_FORM).path):
        raise ValueError(f"behind the host stands the number of a database: {_BROKER_FORM}; {_ESCAPES}")
    return address


def _suggestion(name: str) -> str:
    try:
        return f": {idna.encode(name, uts46=True).decode()}"
    except idna.IDNAError:
        return ", with xn-- before each name that isn't ASCII"


def _split_web(text: str, form: str) -> tuple[SplitResult, int | None]:
    """Take an http address apart; `urlsplit` overlooks line ends and blanks, so they are looked for before."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise ValueError(form) from None
    if _NO_ADDRESS.search(text) or url.scheme not in _DEFAULT_PORTS or not url.hostname or port == 0:
        raise ValueError(form)
    return url, port


def _web_host(host: str, example: str) -> str:
    try:
        if ":" in host:
            return f"[{IPv6Address(host.partition('%')[0])}]"
        return str(IPv4Address(host)) if host.rpartition(".")[2].isdecimal() else host_name(host)
    except ValueError as error:
        if not host.isascii():
            raise ValueError(str(error)) from None
        raise ValueError(f"the host can't be read; write it such as {example}") from None


def _scheme(text: str) -> tuple[str, str]:
    found = _SCHEME.match(text)
    return (found[1].lower(), text[found.end() :]) if found else ("", text)


def _split_server(address: str, form: str) -> SplitResult:
    """Take a server's address apart; an unescaped password shows in a host or port that can't be one."""
    try:
        url = urlsplit(address)
        readable = url.port != 0
    except ValueError:
        # the library's words repeat what it took for the host or the port, and that may be the password
        readable = False
    if not readable:
        raise ValueError(f"the host or the port can't be read: {form}; {_ESCAPES}")
    return url


def split(value: object) -> object:
    """A list that is written with commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def lines(value: object) -> object:
    """Several lines that are written in one, with a backslash and an n between them."""
    return value.replace("\\n", "\n").strip() if isinstance(value, str) else value
