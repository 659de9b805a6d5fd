"""Links to other people's servers: asked on request, and remembered for an hour for exactly this content."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

from app.services.link_check import LinkCheck, LinkResult
from app.services.preflight.findings import Finding, Level, Preflight
from app.services.short_memory import recall, remember
from app.settings import Settings

REMEMBERED_SECONDS = 3600
_TITLE = "Links to other sites"
_SAID: dict[str, tuple[str, Level, str]] = {
    "gone": (
        "link-gone",
        "warning",
        "Correct the address or take the link out; if the page comes soon, acknowledge this.",
    ),
    "refused": ("link-refused", "warning", "Link to a public page, or follow it yourself and acknowledge this."),
    "moved": (
        "link-moved",
        "note",
        "If that is the right page, link to it directly; if it asks for a password, don't.",
    ),
    "unsure": ("link-unsure", "note", "Follow the link yourself."),
}


def ask(settings: Settings, preflight: Preflight, *, now: datetime, asker: LinkCheck | None = None) -> int:
    """Ask all external links of what was looked at, and remember what came of it; gives how many were asked."""
    results = (asker or LinkCheck()).check(preflight.external_links)
    kept = {"at": now.isoformat(), "results": [asdict(result) for result in results]}
    remember(settings, _name(preflight.content_hash), kept, seconds=REMEMBERED_SECONDS)
    return len(results)


def asked(settings: Settings, content_hash: bytes) -> tuple[Sequence[LinkResult], datetime | None]:
    """What came of it when they were asked last, and when that was; nothing if it was long ago or never."""
    kept = recall(settings, _name(content_hash)) if content_hash else None
    if kept is None:
        return [], None
    return [LinkResult(**row) for row in kept["results"]], datetime.fromisoformat(kept["at"])


def findings(results: Sequence[LinkResult]) -> Iterator[Finding]:
    """What somebody should know about them; nothing about pages that are there."""
    for result in results:
        if result.outcome in _SAID:
            check, level, mend = _SAID[result.outcome]
            words = f"{result.url}: {result.words}."
            yield Finding(check, level, _TITLE, words, mend, "body", about=f"{result.url} {result.outcome}")


def _name(content_hash: bytes) -> str:
    return f"links:{content_hash.hex()}"
