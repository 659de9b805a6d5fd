"""HTML from a clipboard as Markdown: cleaned by an allow-list first (OWASP ASVS 1.3.1), then written by markdownify.

Looks go, structure stays: headings (the highest becomes ##, since the title stands above), paragraphs, lists,
quotations, tables, bold, italic and links with a whole address.
"""

import re
from dataclasses import dataclass
from typing import Any

import nh3
from bs4 import BeautifulSoup, Tag
from bs4.element import PageElement
from markdownify import ATX, BACKSLASH, MarkdownConverter

from app.errors import Invalid, Problem
from app.services.statement_reader.escaping import escape_inline, guard_start
from app.services.statement_reader.office import is_markup, tidied

MAXIMUM = 2_000_000
_DEEPEST = 100
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_TAGS = {
    *_HEADINGS, "p", "br", "hr", "ul", "ol", "li", "blockquote", "strong", "em", "b", "i", "code", "pre", "a",
    "table", "thead", "tbody", "tr", "th", "td", "div",
}  # fmt: skip
_SILENT = {"script", "style", "title", "textarea", "select", "button", "iframe", "noscript", "template", "svg", "math"}
_BLOCKS = [*_HEADINGS, "p", "ul", "ol", "blockquote", "pre", "table", "div"]
_FRAGMENT = re.compile("<!--\\s{0,9}StartFragment\\s{0,9}-->(.*)<!--\\s{0,9}EndFragment", re.DOTALL)
_BLANKS = re.compile("[ \t\r\n\u00a0]{2,}|[\t\r\n]")
_EMPTY_LINES = re.compile(r"(?:\\\n){2,}")
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2060\ufeff\u00ad]")
_cleaner = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_SILENT,
    attributes={"a": {"href"}, "ol": {"start"}, "td": {"colspan"}, "th": {"colspan"}},
    link_rel=None,
    url_schemes={"https", "http", "mailto", "tel"},
    url_relative="deny",
)


@dataclass(frozen=True, slots=True)
class Pasted:
    """The Markdown, and what its author should know: what was left out."""

    markdown: str
    notes: tuple[str, ...] = ()


class _Converter(MarkdownConverter):
    """Escapes as the rest of the product does: only what would be markup, so that people can go on editing it."""

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """A stretch of text."""
        return escape_inline(text)

    def convert_p(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A paragraph, whose lines must not look like headings or points of a list."""
        parted = _EMPTY_LINES.sub("\n\n", text.strip())
        guarded = "\n".join(guard_start(line) for line in parted.split("\n"))
        return str(super().convert_p(el, guarded, parent_tags))  # type: ignore[misc]

    def convert_div(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A paragraph by another name, unless it holds paragraphs."""
        if el.find(_BLOCKS) is None:
            return self.convert_p(el, text, parent_tags)
        return str(super().convert_div(el, text, parent_tags))  # type: ignore[misc]


def to_markdown(html: str) -> Pasted:
    """Write copied HTML as Markdown; plain text comes back as it is, but for what would be markup.

    Raises Invalid (field "source") for more than two million characters.
    """
    if len(html) > MAXIMUM:
        words = "This is more than two million characters. Copy the text alone, without pictures and style sheets."
        raise Invalid(Problem(words, field="source"))
    fragment = _FRAGMENT.search(html)
    copied = fragment[1] if fragment else html
    seen = tidied(copied) if is_markup(copied) else copied
    notes = _notes(seen)
    root = BeautifulSoup(_cleaner.clean(_INVISIBLE.sub("", seen)), "html.parser")
    _limit_depth(root)
    _settle_headings(root)
    _settle_links(root)
    _settle_tables(root)
    _settle_breaks(root)
    for node in root.find_all(string=_BLANKS):
        if node.find_parent("pre") is None:
            node.replace_with(_BLANKS.sub(" ", node))
    written = _Converter(
        heading_style=ATX, bullets="-", newline_style=BACKSLASH, autolinks=False, table_infer_header=True
    ).convert_soup(root)
    return Pasted(_spaced(written), notes)


def _notes(html: str) -> tuple[str, ...]:
    soup = BeautifulSoup(html, "lxml")
    pictures, frames = len(soup.find_all("img")), len(soup.find_all(["iframe", "video", "object", "embed"]))
    notes = []
    if pictures:
        notes.append(f"Pictures are not taken from other places: {pictures}. Upload those that you may use.")
    if frames:
        notes.append(f"Videos or embedded frames were left out: {frames}.")
    return tuple(notes)


def _limit_depth(root: Tag) -> None:
    """Keep only the words of what is nested deeper than any text needs; the converter walks down by recursion."""
    level = [root]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in node.find_all(True, recursive=False)]
    for node in level:
        node.replace_with(node.get_text(" "))


def _settle_headings(root: Tag) -> None:
    """The highest heading becomes one of the second level; empty ones go."""
    found = [heading for heading in root.find_all(_HEADINGS) if heading.get_text().strip() or heading.decompose()]
    highest = min((int(heading.name[1]) for heading in found), default=2)
    for heading in found:
        heading.name = f"h{min(int(heading.name[1]) - highest + 2, 6)}"
        for strong in heading.find_all(["strong", "b"]):
            strong.unwrap()


def _settle_links(root: Tag) -> None:
    """A link keeps its address, with the signs that end one in Markdown encoded; one without a whole address goes."""
    for link in root.find_all("a"):
        href = str(link.get("href") or "").strip()
        if not href:
            link.unwrap()
        else:
            link["href"] = re.sub(r"[\s<>()\\]", lambda sign: f"%{ord(sign[0]):02X}", href)


def _settle_tables(root: Tag) -> None:
    """A table of one cell is only a frame."""
    for table in root.find_all("table"):
        if len(table.find_all(["td", "th"])) < 2:
            for part in table.find_all(["thead", "tbody", "tr", "th", "td"]):
                part.name = "div"
            table.name = "div"


def _settle_breaks(root: Tag) -> None:
    """A line break at the beginning or end of a paragraph breaks nothing."""
    for line_break in reversed(root.find_all("br")):
        if not any(map(_says, line_break.next_siblings)) or not any(map(_says, line_break.previous_siblings)):
            line_break.decompose()


def _says(node: PageElement) -> bool:
    """Whether somebody would read something there."""
    return bool(node.get_text().strip())


def _spaced(markdown: str) -> str:
    """No blanks at line ends, no more than one empty line."""
    lines = "\n".join(line.rstrip() for line in markdown.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")
