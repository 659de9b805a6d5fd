"""A saved web page or a fragment of one: its title, date and language, and the text without the furniture."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from app.services.statement_reader.contact import find_label
from app.services.statement_reader.dates import date_within
from app.services.statement_reader.decoding import visible
from app.services.statement_reader.draft import MAX_TITLE, StatementDraft
from app.services.statement_reader.html_blocks import BlockReader
from app.services.statement_reader.html_inline import Page
from app.services.statement_reader.lines import Line
from app.services.statement_reader.office import is_from_office, tidied
from app.services.statement_reader.placing import place

_SILENT = frozenset(
    {
        "audio", "button", "canvas", "dialog", "embed", "head", "input", "map", "math", "noscript", "object",
        "script", "select", "style", "svg", "template", "textarea",
    }
)  # fmt: skip
_FRAMES = frozenset({"iframe", "video"})
_FURNITURE = ("navigation", "banner", "contentinfo", "search")
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_DATE_NAMES = (
    "article:published_time",
    "datepublished",
    "date",
    "dc.date",
    "dcterms.date",
    "dcterms.issued",
    "pubdate",
)


def read_html(text: str, draft: StatementDraft) -> None:
    """Find the parts of a statement in HTML; raises Invalid if the page is nested too deeply."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    meant = tidied(text) if is_from_office(text) else text
    root = etree.fromstring(meant.encode(), parser)
    if root is None:
        return
    metas = _metas(root)
    page = Page(address=_address(root, metas))
    _set_language(root, draft)
    title = _text(root.find(".//head/title"))
    _drop_silent(root, page)
    content = _drop_furniture(root, draft)
    _set_date(content, metas, draft)
    lines = list(BlockReader(content, page).read(content))
    lines = _without_title(lines, metas.get("og:title", "") or title, draft)
    place(lines, draft)
    _note_page(page, draft)


def _metas(root: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").casefold()
        found.setdefault(name, " ".join(visible(meta.get("content") or "").split()))
    return found


def _address(root: Any, metas: dict[str, str]) -> str:
    links = [base.get("href") for base in root.iter("base")]
    links += [link.get("href") for link in root.iter("link") if (link.get("rel") or "").casefold() == "canonical"]
    known = [link for link in [*links, metas.get("og:url")] if link and re.match("https?://", link)]
    return known[0] if known else ""


def _set_language(root: Any, draft: StatementDraft) -> None:
    tag = (root.get("lang") or "").strip().replace("_", "-")
    if re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}", tag) and len(tag) <= 12:
        draft.language = tag[:2].lower() + tag[2:] if tag[2:3] in ("", "-") else tag.lower()


def _drop_silent(root: Any, page: Page) -> None:
    """Take away what shows no words of the statement, or nothing at all."""
    for element in list(root.iter()):
        hidden = (
            element.get("hidden") is not None
            or element.get("aria-hidden") == "true"
            or _HIDDEN.search(element.get("style") or "")
        )
        page.frames += element.tag in _FRAMES
        if element.tag in _SILENT or element.tag in _FRAMES or (hidden and element.getparent() is not None):
            _drop(element)


def _drop_furniture(root: Any, draft: StatementDraft) -> Any:
    """Take away menus, and the site's header and footer; give what is left, or the one <main> if there is one."""
    dropped = [element for element in root.iter() if element is not root and _is_furniture(element)]
    words = [_text(element) for element in dropped]
    for element in dropped:
        _drop(element)
    mains = list(root.iter("main")) or root.xpath(".//*[@role='main']")
    if len(mains) == 1 and len(_text(mains[0])) > 0 and mains[0].find(".//h1") is not None:
        content = mains[0]
        words.append(_text_outside(root, content))
    else:
        content = root
    seen = [word for word in words if word]
    if seen:
        quoted = "; ".join(f"“{word if len(word) <= 100 else word[:99].rstrip() + '…'}”" for word in seen[:5])
        draft.notes.append(f"Left out as furniture of the page (menu, header, footer): {quoted}.")
    return content


def _is_furniture(element: Any) -> bool:
    if element.tag == "nav" or element.get("role") in _FURNITURE:
        return element.find(".//h1") is None
    if element.tag not in ("header", "footer"):
        return False
    inside = any(above.tag in ("main", "article", "section", "blockquote") for above in element.iterancestors())
    names_contact = any(
        find_label([Line("", ""), Line(_text(part), "")]) is not None for part in element.iter("p", "h2", "h3", "h4")
    )
    return not inside and element.find(".//h1") is None and not names_contact


def _text_outside(root: Any, content: Any) -> str:
    inside = set(content.iter())
    parts = [
        text
        for element in root.iter()
        if element not in inside
        for text in [element.text or "", *(child.tail or "" for child in element)]
    ]
    return " ".join(" ".join(parts).split())


def _set_date(content: Any, metas: dict[str, str], draft: StatementDraft) -> None:
    for text in _dates(content, metas):
        draft.issued_on = date_within(text)
        if draft.issued_on:
            draft.notes.append(f"The date of issue was read from the page's own data, “{text}”.")
            return


def _dates(content: Any, metas: dict[str, str]) -> Iterator[str]:
    for element in content.iter("time"):
        yield visible(element.get("datetime") or "") or _text(element)
    for name in _DATE_NAMES:
        yield metas.get(name, "")


def _without_title(lines: list[Line], fallback: str, draft: StatementDraft) -> list[Line]:
    """Take the first heading of level one as the title; else what the page says about itself."""
    for index, line in enumerate(lines):
        if line.kind == "heading" and line.markdown.startswith("# ") and len(line.text) <= MAX_TITLE:
            draft.title = line.text
            return lines[:index] + lines[index + 1 :]
    if 0 < len(fallback) <= MAX_TITLE:
        draft.title = fallback
        draft.notes.append("The page has no main heading; the title comes from the page's own data.")
        return [line for line in lines if line.text != fallback]
    return lines


def _note_page(page: Page, draft: StatementDraft) -> None:
    if page.pictures:
        described = "; ".join(f"“{alt}”" for alt in page.pictures if alt)
        draft.notes.append(
            f"Pictures of the page weren't imported: {len(page.pictures)}{f' ({described})' if described else ''}."
        )
    if page.frames:
        draft.notes.append(f"Videos or embedded frames were left out: {page.frames}.")
    if page.lost_links:
        draft.notes.append(
            f"Links whose full address isn't in the file were kept as text: {', '.join(page.lost_links[:5])}."
        )


def _text(element: Any) -> str:
    return "" if element is None else " ".join(visible("".join(element.itertext())).split())


def _drop(element: Any) -> None:
    """Remove an element but keep the text after it."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    tail = element.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)
