"""Where the links lead: to the open web, safely, and to pages that exist."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from app.mail.dropped_links import dropped_links
from app.mail.page import Link
from app.services import own_pages
from app.services.preflight import asked_links
from app.services.preflight.findings import Finding, Level
from app.services.preflight.reading import Reading
from app.services.preflight.situation import Situation

_WRAPPED = re.compile(
    r"(?:[\w-]+\.)*(?:safelinks\.protection\.outlook\.com|urldefense\.com|urldefense\.proofpoint\.com"
    r"|mimecast(?:protect)?\.com|cudasvc\.com|l\.facebook\.com|lnks\.gd|clicks\.eventbrite\.com)",
    re.IGNORECASE,
)
_INSIDE = (".local", ".localhost", ".internal", ".intranet", ".lan", ".corp", ".home.arpa", ".test", ".invalid")
_FOR_WHOM = {
    "personal": (
        "own-link",
        "Links of single readers",
        "The link “{name}” is one reader's own: everybody who follows it would change that person's subscription.",
        "Take it out. Each mail gets its reader's own links by itself.",
    ),
    "staff": (
        "console-link",
        "Links into the console",
        "The link “{name}” leads into the console, where readers can't sign in.",
        "Link to the public page instead.",
    ),
    "missing": (
        "broken-link",
        "Links to our own pages",
        "The link “{name}” leads to a page of ours that isn't there: {url}",
        "Publish that page first, or correct the address.",
    ),
}


def check_own(situation: Situation) -> Iterator[Finding]:
    """Links to this service, resolved without asking it."""
    own = situation.press.links.base
    page = situation.press.links.statement(situation.campaign.statement.slug)
    for reading, link in _links(situation):
        if not _is_at(link.href, own) or _is_at(link.href, page):
            continue
        found = own_pages.standing(situation.session, link.href)
        if found != "found":
            check, title, words, mend = _FOR_WHOM[found]
            said = words.format(name=link.name, url=link.href)
            yield Finding(check, "error", title, said, mend, "body", reading.label)


def check_reach(situation: Situation) -> Iterator[Finding]:
    """Addresses that only work inside the office, are not encrypted, or were rewritten by somebody's mail filter."""
    for reading, link in _links(situation):
        url = _split(link.href)
        if url is None or url.scheme not in {"http", "https"} or _is_at(link.href, situation.press.links.base):
            continue
        host = (url.hostname or "").lower()
        if _is_inside(host):
            words = f"The link “{link.name}” leads to “{host}”, which readers outside of your network can't reach."
            yield _found("inside-link", "error", words, "Link to a public page.", reading)
        elif "@" in url.netloc:
            words = f"The address of the link “{link.name}” holds a name or a password before its host."
            yield _found("inside-link", "error", words, "Take out what stands between // and @.", reading)
        elif _WRAPPED.fullmatch(host):
            words = f"The link “{link.name}” goes through {host}: somebody's mail filter has rewritten it."
            yield _found("rewritten-link", "warning", words, "Copy the address from the page itself.", reading)
        elif url.scheme == "http":
            words = f"The link “{link.name}” isn't encrypted: {link.href}"
            yield _found(
                "http-link", "warning", words, "Most sites answer at https:// too; try it and change it.", reading
            )


def check_dropped(situation: Situation) -> Iterator[Finding]:
    """Links whose target no mail can carry."""
    texts = [(reading.text.body, "body", reading.label) for reading in situation.readings]
    for text, place, label in [*texts, (situation.campaign.intro or "", "intro", "")]:
        for link in dropped_links(text):
            words = f"The link “{link.words}” leads to “{link.target}”, no whole web address; in the mail it is gone."
            mend = "Write the address with https:// and the host."
            yield Finding("dropped-link", "error", "Where links lead", words, mend, place, label)


def check_asked(situation: Situation) -> Iterator[Finding]:
    """What other servers said when they were asked, if they were."""
    results, _ = asked_links.asked(situation.press.settings, situation.content_hash)
    return asked_links.findings(results)


def external_links(situation: Situation) -> tuple[str, ...]:
    """The addresses on other people's servers, without fragments, each once."""
    found: dict[str, None] = {}
    for _, link in _links(situation):
        url = _split(link.href)
        if (
            url
            and url.scheme in {"http", "https"}
            and url.hostname
            and not _is_at(link.href, situation.press.links.base)
        ):
            found[link.href.partition("#")[0]] = None
    return tuple(found)


def _links(situation: Situation) -> Iterator[tuple[Reading, Link]]:
    """Every link that is the same for everybody, of every version."""
    for reading in situation.readings:
        for link in reading.page.links:
            if link.href and not link.box.look.hidden:
                yield reading, link


def _found(check: str, level: Level, words: str, mend: str, reading: Reading) -> Finding:
    return Finding(check, level, "Where links lead", words, mend, "body", reading.label)


def _is_at(href: str, base: str) -> bool:
    return href == base or href.startswith((f"{base}/", f"{base}?", f"{base}#"))


def _split(href: str) -> SplitResult | None:
    try:
        return urlsplit(href)
    except ValueError:
        return None


def _is_inside(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_INSIDE)
