"""A statement's body: Markdown (CommonMark and tables) to sanitised HTML, and to the plain text that says the same.

Whatever the author or a paste brings in passes an allow-list (OWASP ASVS 1.3.1). Then the page is set right for those
who hear it: headings begin at h2 and skip no level, headings of tables say what they head.
"""

import re
from collections.abc import Sequence

import nh3
from bs4 import BeautifulSoup, NavigableString, Tag
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import escape

from app.errors import Problem
from app.mail import merge_fields
from app.mail.encoding import SLOT_OPEN
from app.mail.language import clean, isolate
from app.mail.plaintext import PlainTextWriter

_DEEPEST = 40
_HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
_TAGS = {
    *_HEADINGS, "p", "br", "hr", "ul", "ol", "li", "blockquote", "strong", "em", "b", "i", "code", "pre", "a", "img",
    "table", "thead", "tbody", "tr", "th", "td", "span", "div", "bdi",
}  # fmt: skip
_DIRECTIONS = {"dir": {"ltr", "rtl"}}
_ALIGNED = {"align": {"right", "center"}}

_SLOT = re.compile("\ue000[a-z0-9_]*\ue001")
_SLOT_IN_ADDRESS = re.compile("\ue000|%EE%80%80", re.IGNORECASE)
_NUMBERED_SLOT = re.compile("(?:\ue000|%EE%80%80)t([0-9]+)", re.IGNORECASE)

_parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable("table")
_cleaner = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style", "title", "textarea", "iframe", "noscript", "template", "svg", "math"},
    attributes={
        "a": {"href"},
        "img": {"src", "alt", "width", "height"},
        "ol": {"start"},
        "span": {"lang"},
        "div": {"lang"},
    },
    tag_attribute_values={
        "span": _DIRECTIONS,
        "div": _DIRECTIONS,
        "td": _ALIGNED,
        "th": {**_ALIGNED, "scope": {"col", "row"}},
        "table": {"role": {"presentation"}},
    },
    link_rel=None,
    url_schemes={"https", "http", "mailto", "tel"},
    url_relative="deny",
)


def to_html(text: str, *, personal: bool = False) -> str:
    """Write Markdown as HTML that may stand in a page or mail; cleaning it again changes nothing.

    Merge fields show their fallback; in a `personal` text they become slots.
    """
    return _cleaner.clean(_tree(text, personal=personal).decode_contents())


def to_text(text: str, *, personal: bool = False) -> str:
    """Write Markdown as plain text of at most 76 columns: the same words, addresses of links listed at the end."""
    return PlainTextWriter().write(_soup(to_html(text, personal=personal)))


def to_note(text: str) -> str:
    """Write a personal text that stands above a page's main heading: headings of its own become bold lines."""
    root = _tree(text, personal=True)
    for heading in root.find_all(_HEADINGS):
        bold = _soup("<strong></strong>").strong
        assert bold is not None
        bold.extend(list(heading.contents))
        heading.append(bold)
        heading.name = "p"
    return _cleaner.clean(root.decode_contents())


def to_texts(*pages: str) -> list[str]:
    """Write pages of HTML made here as plain text; the numbers of links go on from one to the next."""
    texts, numbered = [], 0
    for page in pages:
        writer = PlainTextWriter(before=numbered)
        texts.append(writer.write(_soup(page)))
        numbered += len(writer.addresses)
    return texts


def field_problems(text: str, field: str) -> list[Problem]:
    """What is wrong with the merge fields of a Markdown text: those that are none, and those in an address or tag."""
    found = merge_fields.problems(text, field)
    if found or "{{" not in text:
        return found
    marked, places = merge_fields.numbered(clean(text))
    in_tags = {
        int(number)
        for tag in _soup(str(_parser.render(marked))).find_all(True)
        for name, written in tag.attrs.items()
        if name != "alt"
        for number in _NUMBERED_SLOT.findall(str(written))
    }
    return [merge_fields.explained(clean(text), field, places[n], merge_fields.IN_ADDRESS) for n in sorted(in_tags)]


def isolate_addresses(html: str) -> str:
    """Keep web addresses, mail addresses and telephone numbers in one piece in right-to-left text."""
    root = _soup(html)
    for node in root.find_all(string=True):
        if node.parent is not None and node.parent.name != "bdi" and (isolated := isolate(node)) != str(node):
            node.replace_with(*_soup(str(isolated)).contents)
    return _cleaner.clean(root.decode_contents())


def _tree(text: str, *, personal: bool) -> Tag:
    tokens = _parser.parse(merge_fields.open_slots(clean(text)))
    _align_cells(tokens)
    root = _soup(_cleaner.clean(str(_parser.renderer.render(tokens, _parser.options, {}))))
    _limit_depth(root)
    for settle in (_settle_links, _settle_images, _settle_headings, _settle_tables):
        settle(root)
    _settle_slots(root, personal=personal)
    return root


def _soup(html: str) -> Tag:
    root = BeautifulSoup(f"<div>{html}</div>", "html.parser").div
    assert root is not None
    return root


def _align_cells(tokens: Sequence[Token]) -> None:
    """Tables may set columns of numbers to the right; the parser says so by a style, which is not let through."""
    for token in tokens:
        style = str(token.attrs.pop("style", ""))
        side = style.removeprefix("text-align:")
        if side in _ALIGNED["align"]:
            token.attrs["align"] = side


def _limit_depth(root: Tag) -> None:
    """Keep only the words of what is nested deeper than any text needs."""
    level = [root]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in node.find_all(True, recursive=False)]
    for node in level:
        node.replace_with(NavigableString(node.get_text(" ")))


def _settle_links(root: Tag) -> None:
    """A link without a whole web address leads nowhere in a mail: its words stay."""
    for link in root.find_all("a"):
        if not link.get("href") or _SLOT_IN_ADDRESS.search(str(link["href"])):
            link.unwrap()


def _settle_images(root: Tag) -> None:
    """A picture that can't be loaded from a mail is replaced by its description."""
    for image in root.find_all("img"):
        source = str(image.get("src") or "")
        if not source.lower().startswith("http") or _SLOT_IN_ADDRESS.search(source):
            image.replace_with(NavigableString(str(image.get("alt") or "")))


def _settle_headings(root: Tag) -> None:
    """Below the title, which is the h1: each heading one level under the one that it belongs to; empty ones go."""
    above: list[int] = []
    for heading in root.find_all(_HEADINGS):
        if not heading.get_text().strip() and not heading.find("img", alt=True):
            heading.decompose()
            continue
        level = int(heading.name[1])
        while above and above[-1] >= level:
            above.pop()
        above.append(level)
        heading.name = f"h{min(1 + len(above), 6)}"


def _settle_slots(root: Tag, *, personal: bool) -> None:
    """In a personal text each name is kept in one piece, whatever its direction; in others the fallback stands."""
    for tag in root.find_all(lang=_SLOT):
        del tag["lang"]
    for image in root.find_all("img", alt=True):
        if not personal:
            image["alt"] = merge_fields.close_slots(str(image["alt"]))
    for node in root.find_all(string=lambda text: SLOT_OPEN in (text or "")):
        if personal:
            node.replace_with(*_soup(str(_SLOT.sub(r"<bdi>\g<0></bdi>", str(escape(node))))).contents)
        else:
            node.replace_with(NavigableString(merge_fields.close_slots(str(node))))


def _settle_tables(root: Tag) -> None:
    """Headings say that they head a column (or a row); a table without any is layout, and says that."""
    for table in root.find_all("table"):
        for head in table.find_all("th"):
            if not head.get_text().strip():
                head.name = "td"
                del head["scope"]
            elif not head.get("scope"):
                head["scope"] = "col" if head.find_parent("thead") or not head.find_previous_sibling("td") else "row"
        if table.find("th"):
            del table["role"]
        else:
            table["role"] = "presentation"
