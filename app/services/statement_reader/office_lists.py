"""Lists as office programs write them, made lists as HTML means them.

Word writes points as paragraphs with a style (`mso-list:l0 level1 lfo1`) and a typed mark, in its filtered pages with
the mark alone, which a span of tiny blanks follows. Word for the web gives each point a list of its own, and says in an
attribute how deep it is. Google Docs puts a deeper list beside the point to which it belongs.
"""

import re
from collections.abc import Iterable
from itertools import takewhile

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PageElement

_LIST = re.compile(r"mso-list:\s*l\d+\s+level(\d)", re.IGNORECASE)
_MARK = re.compile(r"mso-list:\s*Ignore", re.IGNORECASE)
_FILLER = re.compile(r"font:\s*7(?:\.0)?pt", re.IGNORECASE)
_MARGIN = re.compile(r"margin-left:\s*(\d{1,4})(?:\.\d{1,3})?pt", re.IGNORECASE)
_STEP = 36
_LONGEST_MARK = 8
_NUMBERED = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z]|[ivxlcIVXLC]{1,6})[.)]")
_LISTS = ("ul", "ol")
_LEVEL, _KIND, _START = "data-level", "data-kind", "data-start"
"""On a point that was freed: how deep it is, in which kind of list it stood, with which number that began."""


def is_mark(style: str) -> bool:
    """Whether this style is that of a mark which Word typed before a point."""
    return bool(_MARK.search(style))


def gather_lists(soup: BeautifulSoup) -> None:
    """Make lists of what an office program means to be points of one; deeper points go into the point before."""
    _free_points(soup)
    lists: list[tuple[int, Tag]] = []
    for point in soup.find_all(["p", "li"]):
        level = _level(point)
        if not level:
            continue
        if lists and not _follows(lists[0][1], point):
            lists = []
        kind = str(point.get(_KIND) or ("ol" if _takes_mark(point) else "ul"))
        while lists and (lists[-1][0] > level or (lists[-1][0] == level and lists[-1][1].name != kind)):
            lists.pop()
        if not lists or lists[-1][0] < level:
            lists.append((level, _opened(soup, kind, lists[-1][1] if lists else None, point)))
        point.name, point.attrs = "li", {}
        lists[-1][1].append(point.extract())


def _free_points(soup: BeautifulSoup) -> None:
    """Let points whose lists don't say by nesting how deep they are stand alone, as Word's paragraphs do."""
    for frame in reversed(soup.find_all("div")):
        if _is_frame(frame):
            frame.unwrap()
    odd = [one for one in soup.find_all(_LISTS) if _is_odd(one)]
    for one in odd:
        depth = 1 + len(one.find_parents(_LISTS))
        for place, point in enumerate(one.find_all("li", recursive=False)):
            point.attrs = {_LEVEL: str(_told_level(point) or depth), _KIND: one.name}
            if place == 0 and one.has_attr("start"):
                point[_START] = one["start"]
            _unwrap_paragraph(point)
    for one in odd:
        one.unwrap()


def _unwrap_paragraph(point: Tag) -> None:
    """A point that is one paragraph needs none, and its list stays a tight one."""
    inner = _inner(point)
    if len(inner) == 1 and isinstance(inner[0], Tag) and inner[0].name == "p":
        inner[0].unwrap()


def _inner(element: Tag) -> list[PageElement]:
    """What stands in it, but for blanks."""
    return [child for child in element.children if isinstance(child, Tag) or str(child).strip()]


def _is_frame(element: Tag) -> bool:
    """Whether it holds nothing but points that say how deep they are."""
    inner = _inner(element)
    return bool(inner) and all(isinstance(child, Tag) and child.name in _LISTS and _tells(child) for child in inner)


def _is_odd(found: Tag) -> bool:
    """Whether its points say how deep they are, or a list stands beside them; what is within a point is right."""
    if found.find_parent("li") is not None:
        return False
    is_beside = found.find_parent(_LISTS) is not None or found.find(_LISTS, recursive=False) is not None
    return is_beside or _tells(found)


def _tells(found: Tag) -> bool:
    return any(_told_level(point) for point in found.find_all("li", recursive=False))


def _told_level(point: Tag) -> int:
    """How deep a point says it is, at most nine levels; 0 if it doesn't."""
    told = str(point.get("data-aria-level") or point.get("aria-level") or "")
    return min(int(told), 9) if re.fullmatch("[0-9]{1,3}", told) else 0


def _opened(soup: BeautifulSoup, kind: str, above: Tag | None, point: Tag) -> Tag:
    """A new list: within the last point of the list above it, or in place of its first point."""
    opened = soup.new_tag(kind, attrs={"start": point[_START]} if point.has_attr(_START) else {})
    if above is not None:
        above.find_all("li", recursive=False)[-1].append(opened)
    else:
        point.insert_before(opened)
    return opened


def _level(element: Tag) -> int:
    """How deep a point of a list this is; 0 for what is none, or stands in its list already."""
    if element.name == "li":
        return int(str(element.get(_LEVEL) or 0))
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
