"""Running text of a page as Markdown: emphasis, links, code and line breaks."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from markdown_it import MarkdownIt

from app.services.statement_reader.decoding import visible
from app.services.statement_reader.escaping import escape_inline, guard_start

_SPACES = re.compile(r"[ \t\n\f\r]+")
_UNSAFE = re.compile(r"[\x00-\x20<>()\\\"\x7f]")
_ENTITY = re.compile(r"&(?=#?\w{1,40};)")
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "cite": "*", "dfn": "*", "var": "*"}
_CODE = frozenset({"code", "kbd", "samp", "tt"})
_LONGEST_READ_BACK = 20_000
_MARKDOWN = MarkdownIt("commonmark")


@dataclass(slots=True)
class Page:
    """What holds for the whole page: the address that links are relative to, and what to tell staff."""

    address: str = ""
    lost_links: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    frames: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text within a paragraph, as read and as Markdown; a line feed stands for a line break."""

    text: str = ""
    markdown: str = ""

    @classmethod
    def joined(cls, runs: Iterable["Run"]) -> "Run":
        """Put runs together, in order."""
        parts = list(runs)
        return cls("".join(run.text for run in parts), "".join(run.markdown for run in parts))


def plain(text: str | None) -> Run:
    """Give the run of a text node."""
    spaced = _SPACES.sub(" ", visible(text or ""))
    return Run(spaced, escape_inline(spaced))


def inline(element: Any, page: Page, marks: str = "") -> Run:
    """Give the run of an inline element and all in it; `marks` are the emphasis already in force."""
    tag = element.tag
    if tag == "br":
        return Run("\n", "\n")
    if tag == "img":
        alt = " ".join((element.get("alt") or "").split())
        page.pictures.append(alt)
        return plain(alt) if element.getparent().tag == "a" else Run()
    if element.get("data-cfemail"):
        return plain(_revealed(element.get("data-cfemail")) or "".join(element.itertext()))
    mark = _MARKS.get(tag, "")
    runs = [plain(element.text)]
    for child in element:
        runs += [inline(child, page, marks + mark), plain(child.tail)]
    run = Run.joined(runs)
    return _dressed(element, run, "" if mark in marks else mark, page)


def lines_of(run: Run) -> list[Run]:
    """Cut a run at its line breaks and make each a safe line of Markdown.

    Emphasis can fail at odd places ("**(a)**b"). So what was written is read back, and where it doesn't show
    the same text, the plain text is escaped instead.
    """
    lines = []
    joined = run.markdown.replace("****", "")
    for text, markdown in zip(run.text.split("\n"), joined.split("\n"), strict=True):
        read = _SPACES.sub(" ", text).strip()
        written = guard_start(_SPACES.sub(" ", markdown).strip())
        if read:
            lines.append(Run(read, written if _shows(written, read) else guard_start(escape_inline(read))))
    return lines


def _dressed(element: Any, run: Run, mark: str, page: Page) -> Run:
    if element.tag in _CODE:
        return Run(run.text, "\n".join(_code(line) for line in run.text.split("\n")))
    if element.tag == "q":
        return Run(f"“{run.text}”", f"“{run.markdown}”")
    if element.tag == "a" and run.text.strip():
        target = _target(element.get("href") or "", page)
        return Run(run.text, _wrapped(run.markdown, "[", f"]({target})")) if target else run
    return Run(run.text, _wrapped(run.markdown, mark, mark)) if mark else run


def _wrapped(markdown: str, before: str, after: str) -> str:
    """Put marks round each line, inside its outer spaces, where Markdown wants them."""
    return "\n".join(
        line.replace(line.strip(), f"{before}{line.strip()}{after}", 1) if line.strip() else line
        for line in markdown.split("\n")
    )


def _code(text: str) -> str:
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {text.strip()} {fence}" if "`" in text else _wrapped(text, fence, fence)


def _target(href: str, page: Page) -> str:
    """Give the full address of a link; empty if it leads nowhere outside this page or can't be known."""
    href = visible(href).strip()
    try:
        full = urljoin(page.address, href)
    except ValueError:
        full = ""
    if re.match(r"(?:https?://[^/]|mailto:\S)", full, re.IGNORECASE) and not re.search("/cdn-cgi/", full):
        return _ENTITY.sub("&amp;", _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", full))
    if href and not href.startswith("#") and not href.lower().startswith(("javascript:", "tel:")):
        page.lost_links.append(href)
    return ""


def _revealed(code: str) -> str:
    """Undo the address protection that some servers put into pages: each byte is XORed with the first."""
    try:
        key, *rest = bytes.fromhex(code)
        return bytes(byte ^ key for byte in rest).decode()
    except ValueError:
        return ""


def _shows(markdown: str, text: str) -> bool:
    if markdown == guard_start(escape_inline(text)):
        return True
    if len(markdown) > _LONGEST_READ_BACK:
        return False
    tokens = _MARKDOWN.parse(markdown)
    if [token.type for token in tokens] != ["paragraph_open", "inline", "paragraph_close"]:
        return False
    shown = "".join(child.content for child in tokens[1].children or [] if child.type in ("text", "code_inline"))
    return "".join(shown.split()) == "".join(text.split())
