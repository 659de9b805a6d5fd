"""The way out: one-click unsubscribing and the visible link (rules U-01, U-07, U-12 … U-14; RFC 8058)."""

import re
from collections.abc import Iterator
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from app.mail.letter import Letter
from app.mail.policy import RAW_FIELDS
from app.mail.problems import Problem, error, warning

_ONE_CLICK = "List-Unsubscribe=One-Click"
_MAILTO = re.compile(r"mailto:u\+\d+-[a-z2-7]{16}@[A-Za-z0-9.-]+\?subject=unsubscribe")
_ITEMS = re.compile(r"<[^<>\s]+>(?:,[ \t]{0,3}<[^<>\s]+>)*")


def check_raw_fields(letter: Letter) -> Iterator[Problem]:
    """U-14: what machines read is never an encoded-word (RFC 2047 section 5), and always ASCII."""
    for name, value in letter.fields:
        if name in RAW_FIELDS and ("=?" in value or not value.isascii()):
            yield error("U-14", f"The field {name} is encoded or not ASCII; programs can't read that. Write it raw.")


def check_one_click(letter: Letter) -> Iterator[Problem]:
    """U-01: exactly one web address, over HTTPS, and the fixed second field (RFC 8058 section 3.1)."""
    if letter.terms.kind == "transactional":
        return
    fields = letter.values("list-unsubscribe")
    if "=?" in "".join(fields):
        return
    urls = letter.unsubscribe_urls
    if len(fields) != 1 or len(urls) != 1 or not _ITEMS.fullmatch(fields[0]):
        yield error("U-01", "There must be one List-Unsubscribe with exactly one <https://…> address.")
    else:
        yield from _scheme(urls[0])
        yield from _by_mail(fields[0])
    if letter.values("list-unsubscribe-post") != [_ONE_CLICK]:
        yield error("U-01", f"There must be one “List-Unsubscribe-Post: {_ONE_CLICK}”, to the letter.")


def _by_mail(field: str) -> Iterator[Problem]:
    """Beside the web address, which comes first, one to write to (U-11); what unsubscribes there is the address."""
    first, *others = (item.strip(" \t<>") for item in field.split(","))
    if first.startswith("mailto:"):
        yield error("U-01", "In List-Unsubscribe the web address must come before the one to write to.")
    elif len(others) > 1 or not all(_MAILTO.fullmatch(item) for item in others):
        yield error("U-11", "List-Unsubscribe may hold one address to write to, which names the message: mailto:u+…")


def _scheme(url: str) -> Iterator[Problem]:
    if url.startswith("https://"):
        return
    if _loopback(url):
        yield warning("U-01", "The unsubscribe address is not HTTPS; that works on this computer only.")
    else:
        yield error("U-01", "The unsubscribe address must begin with https://; set the public URL accordingly.")


def _loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host in {"localhost", "::1"} or host.endswith(".localhost") or host.startswith("127.")


def check_no_address_in_url(letter: Letter) -> Iterator[Problem]:
    """U-07: links end up in logs and referrers, so they carry a token and never an address."""
    recipient = parseaddr(letter.value("to"))[1].casefold()
    if "@" in recipient and any(recipient in unquote(url).casefold() for url in letter.unsubscribe_urls):
        yield error("U-07", "The unsubscribe address holds the recipient's email address; use a token.")


def check_visible_link(letter: Letter) -> Iterator[Problem]:
    """U-12: the same address stands in the text and is a link in the HTML."""
    if letter.terms.kind == "transactional" or not letter.unsubscribe_urls:
        return
    url = letter.unsubscribe_urls[0]
    if url not in letter.text:
        yield error("U-12", "The plain text doesn't hold the unsubscribe address; add it to the footer.")
    if not any(link.href == url and not link.box.look.hidden for link in letter.page.links):
        yield error("U-12", "The HTML has no visible link to the unsubscribe address; add it to the footer.")


def check_transactional(letter: Letter) -> Iterator[Problem]:
    """U-13: there is nothing to unsubscribe from in a confirmation."""
    if letter.terms.kind == "transactional" and letter.values("list-unsubscribe-post"):
        yield error("U-13", "An automatic mail must not offer one-click unsubscribing; leave the field out.")


CHECKS = (check_raw_fields, check_one_click, check_no_address_in_url, check_visible_link, check_transactional)
