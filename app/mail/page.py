"""The HTML part as a reader meets it: elements with the styles that they inherit, links, words.

Only inline styles count, because several clients drop everything else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from lxml import etree

from app.mail.css import LINK_BLUE, Rgb, colour, declarations, length_px, number

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SILENT = {"style", "script", "head", "title", "template"}
_SHORTHAND_FONT = re.compile(r"(\d[\d.]{0,8}(?:px|pt|em|rem|%))(?:\s{0,3}/\s{0,3}([\d.]{1,8}(?:px|pt|em|rem|%)?))?")
_BLOCKS = {
    *HEADINGS,
    "p",
    "div",
    "td",
    "th",
    "tr",
    "table",
    "li",
    "ul",
    "ol",
    "br",
    "hr",
    "blockquote",
    "body",
    "img",
}


@dataclass(frozen=True, slots=True)
class Look:
    """The inherited part of a style; None where nothing inline says it. `leading` is a multiple, or px if absolute."""

    colour: Rgb | None = None
    background: Rgb | None = None
    size: float | None = None
    leading: float | None = None
    leading_px: float | None = None
    bold: bool = False
    direction: str | None = None
    align: str | None = None
    lang: str = ""
    hidden: bool = False
    footer: bool = False

    @property
    def line_height(self) -> float | None:
        """The line height as a multiple of the font's size."""
        return self.leading_px / (self.size or 16.0) if self.leading_px is not None else self.leading


@dataclass(frozen=True, slots=True)
class Box:
    """One element of the body: its own declarations, how it looks, and the text directly in it."""

    element: Any
    tag: str
    style: dict[str, str]
    look: Look
    text: str

    @property
    def readable(self) -> bool:
        """Whether there are words to see directly in it."""
        return not self.look.hidden and any(map(str.isalnum, self.text))

    @property
    def excerpt(self) -> str:
        """The beginning of its text, to name it in a problem."""
        return self.text if len(self.text) <= 40 else f"{self.text[:39]}…"

    def get(self, attribute: str) -> str:
        """Give an attribute's value, stripped, or an empty text."""
        return str(self.element.get(attribute) or "").strip()


@dataclass(frozen=True, slots=True)
class Link:
    """An anchor with a target; `name` is what a screen reader says."""

    box: Box
    href: str
    name: str


class Page:
    """The parsed HTML part; empty if there is none or it can't be read."""

    def __init__(self, root: Any | None) -> None:
        self.root = root
        self.body = None if root is None else root.find("body")
        self.boxes = [] if self.body is None else _boxes(self.body)

    @cached_property
    def by_tag(self) -> dict[str, list[Box]]:
        """The body's boxes by tag."""
        found: dict[str, list[Box]] = {}
        for box in self.boxes:
            found.setdefault(box.tag, []).append(box)
        return found

    @cached_property
    def links(self) -> list[Link]:
        """All anchors with a target, in order."""
        return [
            Link(box, box.get("href"), _name(box.element))
            for box in self.by_tag.get("a", [])
            if box.element.get("href") is not None
        ]

    @cached_property
    def visible_text(self) -> str:
        """All text that can be seen, blocks apart from each other."""
        return "" if self.body is None else "".join(_visible(self.body, self._hidden)).strip()

    @cached_property
    def title(self) -> str:
        """The document's title, its spaces collapsed."""
        found = None if self.root is None else self.root.find("head/title")
        return "" if found is None else " ".join("".join(found.itertext()).split())

    @cached_property
    def stylesheet(self) -> str:
        """What stands in style elements, in lower case."""
        return "" if self.root is None else " ".join(str(e.text or "") for e in self.root.iter("style")).lower()

    def meta(self, name: str) -> str | None:
        """Give the content of a meta element by its lower-case name, None if there is no such element."""
        for element in () if self.root is None else self.root.iter("meta"):
            if str(element.get("name") or "").lower() == name:
                return " ".join(str(element.get("content") or "").lower().split())
        return None

    @property
    def _hidden(self) -> set[Any]:
        return {box.element for box in self.boxes if box.look.hidden}


def read_page(html: str) -> Page:
    """Parse the HTML part; markup that no parser takes gives an empty page."""
    parser = etree.HTMLParser(encoding="utf-8", remove_pis=True, remove_comments=True)
    try:
        return Page(etree.fromstring(html.replace("\0", "").encode("utf-8", "replace"), parser))
    except (etree.LxmlError, ValueError):
        return Page(None)


def _boxes(body: Any) -> list[Box]:
    looks = {body.getparent(): Look()}
    boxes = []
    for element in body.iter(etree.Element):
        parent = looks.get(element.getparent(), Look())
        style = dict(declarations(element.get("style") or ""))
        look = _look(element, style, parent)
        looks[element] = look
        boxes.append(Box(element, element.tag, style, look, _own_text(element)))
    return boxes


def _own_text(element: Any) -> str:
    pieces = [element.text or "", *(child.tail or "" for child in element)]
    return " ".join(" ".join(pieces).split())


def _look(element: Any, style: dict[str, str], parent: Look) -> Look:
    """Cascade: inherit, then the element's attributes, then its inline style."""
    tag = element.tag
    changes: dict[str, Any] = {}
    own = element.attrib
    if tag == "a" and "href" in own:
        changes["colour"] = LINK_BLUE
    if tag in HEADINGS or tag in {"b", "strong", "th"}:
        changes["bold"] = True
    if own:
        changes |= _from_attributes(own)
        changes |= _from_style(style, parent) if style else {}
    if tag in _SILENT:
        changes["hidden"] = True
    if tag == "footer":
        changes["footer"] = True
    return replace(parent, **changes) if changes else parent


def _from_attributes(own: Any) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "dir" in own:
        changes["direction"] = own["dir"].strip().lower()
    if "lang" in own:
        changes["lang"] = own["lang"].strip().lower()
    if "align" in own:
        changes["align"] = own["align"].strip().lower()
    if "hidden" in own:
        changes["hidden"] = True
    if (background := colour(own.get("bgcolor", ""))) is not None:
        changes["background"] = background
    if (ink := colour(own.get("color", ""))) is not None:
        changes["colour"] = ink
    if own.get("role") == "contentinfo" or "footer" in f"{own.get('class', '')} {own.get('id', '')}":
        changes["footer"] = True
    return changes


def _from_style(style: dict[str, str], parent: Look) -> dict[str, Any]:
    changes = _type_size(style, parent)
    if (ink := colour(style.get("color", ""))) is not None:
        changes["colour"] = ink
    background = style.get("background-color") or style.get("background", "")
    if (paper := colour(background) or colour(background.split(" ")[0])) is not None:
        changes["background"] = paper
    if "text-align" in style:
        changes["align"] = style["text-align"]
    if (weight := style.get("font-weight")) is not None:
        changes["bold"] = weight in {"bold", "bolder"} or (
            weight.isdecimal() and len(weight) < 5 and int(weight) >= 700
        )
    if style.get("display") == "none" or style.get("visibility") == "hidden" or style.get("mso-hide") == "all":
        changes["hidden"] = True
    return changes


def _type_size(style: dict[str, str], parent: Look) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    size, leading = style.get("font-size"), style.get("line-height")
    if match := _SHORTHAND_FONT.search(style.get("font", "")):
        size, leading = size or match[1], leading or match[2]
    if size is not None and (pixels := length_px(size, parent.size or 16.0)) is not None:
        changes["size"] = pixels
    if leading is None:
        return changes
    if (multiple := number(leading)) is not None:
        return changes | {"leading": multiple, "leading_px": None}
    if (pixels := length_px(leading, changes.get("size") or parent.size or 16.0)) is not None:
        changes["leading_px"] = pixels
    return changes


def _name(anchor: Any) -> str:
    """What names a link: its label if it has one, else its text and the descriptions of its images."""
    if label := str(anchor.get("aria-label") or "").strip():
        return " ".join(label.split())
    words = []
    for element in anchor.iter(etree.Element):
        if element.tag == "img":
            words.append(str(element.get("alt") or ""))
        words.append(str(element.text or ""))
        if element is not anchor:
            words.append(str(element.tail or ""))
    return " ".join(" ".join(words).split())


def _visible(body: Any, hidden: set[Any]) -> Iterator[str]:
    """Walk the body without recursion, leaving out what is hidden; tails of hidden elements are seen."""
    walker = etree.iterwalk(body, events=("start", "end"))
    depth_hidden = 0
    for event, element in walker:
        if event == "start":
            depth_hidden += element in hidden
            if not depth_hidden:
                yield f"\n{element.text or ''}" if element.tag in _BLOCKS else element.text or ""
        else:
            was_hidden = depth_hidden
            depth_hidden -= element in hidden
            if not depth_hidden and element is not body:
                gap = "\n" if element.tag in _BLOCKS and not was_hidden else ""
                yield f"{gap}{element.tail or ''}"
