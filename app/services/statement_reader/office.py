"""What office programs put on the clipboard and into web pages, as the HTML that they mean.

Word writes lists as paragraphs with a style (`mso-list:l0 level1 lfo1`) and a typed mark, in its filtered pages with
the mark alone, which a span of tiny blanks follows. Google Docs wraps everything in a <b> that is not bold and makes
words bold by a style, Word for the web names headings by a role. All leave comments, odd tags and whole style sheets.
"""

import re
from collections.abc import Iterable
from itertools import takewhile

from bs4 import BeautifulSoup, Comment, NavigableString, Tag

_OFFICE = re.compile(r"mso-|class=[\"']?Mso|urn:schemas-microsoft-com:office|docs-internal-guid", re.IGNORECASE)
_FOREIGN = re.compile(r"</?[a-z][a-z0-9]{0,20}:[^<>]{0,2000}>|<!\[(?:if|endif)[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(
    r"<(?:!doctype|html|body|meta|div|p|h[1-6]|ul|ol|li|table|article|section|span|br|a)(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
_LIST = re.compile(r"mso-list:\s*l\d+\s+level(\d)", re.IGNORECASE)
_MARK = re.compile(r"mso-list:\s*Ignore", re.IGNORECASE)
_FILLER = re.compile(r"font:\s*7(?:\.0)?pt", re.IGNORECASE)
_MARGIN = re.compile(r"margin-left:\s*(\d{1,4})(?:\.\d{1,3})?pt", re.IGNORECASE)
_STEP = 36
_LONGEST_MARK = 8
_NUMBERED = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z]|[ivxlcIVXLC]{1,6})[.)]")
_BOLD = re.compile(r"font-weight:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_NOT_BOLD = re.compile(r"font-weight:\s*(?:normal|[1-4]00)", re.IGNORECASE)
_ITALIC = re.compile(r"font-style:\s*italic", re.IGNORECASE)
_HIDDEN = re.compile(r"mso-hide:\s*all|display:\s*none", re.IGNORECASE)
_TITLES = {"MsoTitle": "h1", "MsoSubtitle": "h2"}
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "caption", "center", "dd", "details", "dt", "fieldset", "figcaption", "figure",
        "footer", "form", "header", "main", "nav", "section", "summary",
    }
)  # fmt: skip
_SILENT = ("style", "script", "meta", "link", "xml", "template", "noscript")


def is_markup(text: str) -> bool:
    """Whether this is HTML and not a text in which a sign happens to stand."""
    return bool(_TAG.search(text))


def is_from_office(html: str) -> bool:
    """Whether an office program wrote this."""
    return bool(_OFFICE.search(html))


def tidied(html: str) -> str:
    """The same words with lists as lists, headings as headings, bold and italic as such, and nothing invisible."""
    soup = BeautifulSoup(_FOREIGN.sub("", html), "lxml")
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for element in soup.find_all(_SILENT):
        element.extract()
    for element in soup.find_all(True):
        _settle(soup, element)
    _gather_lists(soup)
    return str(soup)


def _settle(soup: BeautifulSoup, element: Tag) -> None:
    """One element: what office programs say by styles is said by tags."""
    style = str(element.get("style") or "")
    if _HIDDEN.search(style):
        element.extract()
    elif element.name == "p":
        named = _TITLES.get(" ".join(element.get("class") or []))
        element.name = named or _heading(element) or element.name
    elif element.name in _BLOCKS:
        element.name = "div"
    elif element.name in {"b", "strong"} and _NOT_BOLD.search(style):
        element.unwrap()
    elif element.name == "span" and not _MARK.search(style):
        _settle_span(soup, element, style)


def _heading(element: Tag) -> str:
    """The tag of a heading that is one by its role; empty for what is none."""
    level = str(element.get("aria-level") or "2")
    return f"h{level}" if element.get("role") == "heading" and level in "123456" else ""


def _settle_span(soup: BeautifulSoup, element: Tag, style: str) -> None:
    bold = _BOLD.search(style) and not element.find_parent(["b", "strong"])
    italic = _ITALIC.search(style) and not element.find_parent(["i", "em"])
    if bold and italic:
        element.wrap(soup.new_tag("strong"))
    if bold or italic:
        element.name = "em" if italic else "strong"


def _gather_lists(soup: BeautifulSoup) -> None:
    """Make lists of the paragraphs that Word calls points of a list; deeper points go into the point before."""
    lists: list[tuple[int, Tag]] = []
    for point in soup.find_all("p"):
        level = _level(point)
        if not level:
            continue
        if lists and not _follows(lists[0][1], point):
            lists = []
        kind = "ol" if _takes_mark(point) else "ul"
        while lists and (lists[-1][0] > level or (lists[-1][0] == level and lists[-1][1].name != kind)):
            lists.pop()
        if not lists or lists[-1][0] < level:
            lists.append((level, _opened(soup, kind, lists[-1][1] if lists else None, point)))
        point.name, point.attrs = "li", {}
        lists[-1][1].append(point.extract())


def _opened(soup: BeautifulSoup, kind: str, above: Tag | None, point: Tag) -> Tag:
    """A new list: within the last point of the list above it, or in place of its first point."""
    opened = soup.new_tag(kind)
    if above is not None:
        above.find_all("li", recursive=False)[-1].append(opened)
    else:
        point.insert_before(opened)
    return opened


def _level(element: Tag) -> int:
    """How deep a point of a list this is; 0 for what is none."""
    style = str(element.get("style") or "")
    if found := _LIST.search(style):
        return int(found[1])
    if _filler(element) is None:
        return 0
    margin = _MARGIN.search(style)
    return max(round(int(margin[1]) / _STEP), 1) if margin else 1


def _filler(point: Tag) -> Tag | None:
    """The blanks between a mark and its point, which show that there is a mark; None if there is none."""
    if not str((point.get("class") or [""])[0]).startswith("MsoList"):
        return None
    for span in point.find_all("span"):
        if _FILLER.search(str(span.get("style") or "")) and not span.get_text().strip():
            return span if len(_without_blanks(_before(point, span))) <= _LONGEST_MARK else None
    return None


def _before(point: Tag, inner: Tag) -> list[NavigableString]:
    """The texts that stand in a point before something in it."""
    before = takewhile(lambda node: node is not inner, point.descendants)
    return [node for node in before if isinstance(node, NavigableString)]


def _without_blanks(texts: Iterable[str]) -> str:
    return "".join("".join(texts).split())


def _follows(above: Tag, point: Tag) -> bool:
    """Whether nothing but blanks stands between a list and what may be its next point."""
    before = point.previous_sibling
    while before is not None and not isinstance(before, Tag) and not str(before).strip():
        before = before.previous_sibling
    return before is above


def _takes_mark(point: Tag) -> bool:
    """Take away the typed mark of a point; gives whether it was a number."""
    marks = [span for span in point.find_all("span") if _MARK.search(str(span.get("style") or ""))]
    typed = _without_blanks(mark.get_text() for mark in marks)
    if not marks and (filler := _filler(point)) is not None:
        texts = _before(point, filler)
        typed = _without_blanks(texts)
        for node in texts:
            node.extract()
    for mark in marks:
        mark.decompose()
    return bool(_NUMBERED.fullmatch(typed))
