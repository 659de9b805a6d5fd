"""Bar charts as SVG, drawn here by pygal: without script, style sheet or anything from elsewhere.

They are for an `<img>`, so the page that shows one says the same in an `alt` and in a table beneath. Colours are
attributes, so that a strict Content-Security-Policy allows them; there is a look for light pages and one for dark ones.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pygal
from lxml import etree
from pygal.style import Style

WIDE, NARROW = (960, 340), (420, 320)
"""Width and height in pixels: for a desk, and for a telephone."""
_MOST_LABELS = {WIDE: 16, NARROW: 4}
_MOST_TICKS = 5
_TEXT = 15
_FONT = "system-ui, sans-serif"
_UNWANTED = frozenset({"script", "style", "desc"})
# It finds plugins of pygal, which we don't have, in a way that Python has given up: every later import would warn.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of words, of lines, and of the bars, one for each series (3 : 1 against the page at least)."""

    ink: str
    line: str
    bars: tuple[str, ...]


LIGHT = Look("#4a5961", "#d3dbdd", ("#0b5a66", "#c2620c", "#8a3ea8", "#5f6b72", "#a3241b"))
DARK = Look("#a8b6bc", "#324047", ("#7fd0d8", "#f0a35e", "#cfa4ea", "#b0bcc2", "#ff9f94"))


def bars(
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[int]]],
    *,
    title: str,
    look: Look = LIGHT,
    size: tuple[int, int] = WIDE,
) -> bytes:
    """Groups of bars: for each label one of each series, which are name and numbers, as many as there are labels.

    Where there is no room for all labels, only every second, third … is written.
    """
    most = max((number for _, numbers in series for number in numbers), default=0)
    chart = pygal.Bar(
        width=size[0],
        height=size[1],
        margin=10,
        js=[],
        style=Style(label_font_size=_TEXT, legend_font_size=_TEXT, font_family=_FONT),
        legend_at_bottom=True,
        legend_at_bottom_columns=len(series) if size == WIDE else 1,
        truncate_label=-1,
        truncate_legend=-1,
        show_x_guides=False,
        show_minor_x_labels=False,
        y_labels=ticks(most),
        value_formatter=lambda number: f"{number:,.0f}",
        explicit_size=True,
    )
    chart.x_labels = list(labels)
    chart.x_labels_major = labels[:: -(-len(labels) // _MOST_LABELS[size]) or 1]
    for name, numbers in series:
        chart.add(name, list(numbers))
    root = chart.render_tree()
    _undress(root, title)
    for element in root.iter(etree.Element):
        element.attrib.update(_attributes(element, look))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def ticks(most: int) -> list[int]:
    """Whole numbers for the axis, from 0 to at least the highest bar, in steps of 1, 2 or 5 and noughts."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if most <= step * _MOST_TICKS:
                return list(range(0, max(most, 1) + step, step))
        size *= 10


def _undress(root: Any, title: str) -> None:
    """Take away what is for a page with scripts: tooltips, styles, comments."""
    for element in list(root.iter()):
        is_wanted = isinstance(element.tag, str) and etree.QName(element).localname not in _UNWANTED
        if not is_wanted or "tooltip-overlay" in _classes(element):
            element.getparent().remove(element)
    for element in root.iter(etree.Element):
        element.attrib.pop("style", None)
        if element.tag.endswith("title"):
            element.text = title


def _attributes(element: Any, look: Look) -> dict[str, str]:
    """What pygal's style sheet would say, for one element."""
    name = etree.QName(element).localname
    around = [group for one in element.iterancestors() for group in _classes(one)]
    if name == "text":
        anchor = "start" if "legends" in around else "middle" if "x" in around else "end"
        return {"fill": look.ink, "font-family": _FONT, "font-size": str(_TEXT), "text-anchor": anchor}
    if name == "path":
        is_hidden = "x" in around
        return {"fill": "none", "stroke": "none" if is_hidden else look.line}
    if "background" in _classes(element):
        return {"fill": "none"}
    colour = _colour(element, look)
    return {"fill": colour} if colour else {}


def _colour(element: Any, look: Look) -> str:
    """That of the series to which it belongs, empty if it belongs to none."""
    for name in _classes(element):
        series = name.removeprefix("color-")
        if series != name and series.isdecimal():
            return look.bars[int(series) % len(look.bars)]
    return ""


def _classes(element: Any) -> list[str]:
    return str(element.get("class", "")).split() if isinstance(element.tag, str) else []
