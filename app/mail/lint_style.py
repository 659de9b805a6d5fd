"""Type that can be read, in both directions (rules E-09, E-10, E-12)."""

import re
from collections.abc import Iterator

from app.mail.css import length_px
from app.mail.letter import Letter
from app.mail.page import HEADINGS, Box
from app.mail.problems import Problem, error, warning

BODY_PX, FOOTER_PX, LEADING = 16.0, 14.0, 1.5
NARROW_PX = 320
_ADDRESS = re.compile(r"https?://\S|[\w.+-]{1,64}@[\w-]{1,63}\.\w|\+\d[\d ()-]{5,20}\d")
_ISOLATED = {"bdi", "bdo"}


def _read(letter: Letter) -> Iterator[Box]:
    return (box for box in letter.page.boxes if box.readable)


def check_inline(letter: Letter) -> Iterator[Problem]:
    """E-10: several clients drop style elements, so sizes stand inline."""
    for box in _read(letter):
        if box.look.size is None or box.look.line_height is None:
            yield error("E-10", f"“{box.excerpt}” has no inline font-size and line-height.")


def check_size(letter: Letter) -> Iterator[Problem]:
    """E-09: 16 px for what one came to read, 14 px in the footer."""
    for box in _read(letter):
        size = box.look.size
        if size is None:
            continue
        if box.look.footer and size < FOOTER_PX - 0.1:
            yield warning("E-09", f"“{box.excerpt}” is {size:g} px high; 14 are the least for a footer.")
        elif not box.look.footer and size < BODY_PX - 0.1:
            yield error("E-09", f"“{box.excerpt}” is {size:g} px high; 16 are the least.")


def check_leading(letter: Letter) -> Iterator[Problem]:
    """E-09: lines apart, except in headings."""
    for box in _read(letter):
        height = box.look.line_height
        if height is not None and height < LEADING - 0.01 and not _in_heading(box):
            yield error("E-09", f"The lines of “{box.excerpt}” are {height:.2f} apart; 1.5 are the least.")


def _in_heading(box: Box) -> bool:
    return box.tag in HEADINGS or next(box.element.iterancestors(*HEADINGS), None) is not None


def check_justified(letter: Letter) -> Iterator[Problem]:
    """E-09: justified text is hard to read."""
    inline = any("justify" in (box.style.get("text-align", ""), box.get("align").lower()) for box in letter.page.boxes)
    if inline or re.search(r"text-align\s{0,9}:\s{0,9}justify", letter.page.stylesheet):
        yield error("E-09", "Text is justified; align it to its beginning instead.")


def check_narrow(letter: Letter) -> Iterator[Problem]:
    """E-09: fits a window of 320 px, as at 400 % zoom."""
    for box in letter.page.boxes:
        if box.tag == "img" or box.look.hidden:
            continue
        fixed = box.get("width") if box.get("width").isdecimal() else box.style.get("width", "")
        pixels = length_px(f"{fixed}px" if fixed.isdecimal() else fixed, 0.0)
        least = length_px(box.style.get("min-width", ""), 0.0)
        if ((pixels or 0) > NARROW_PX and "max-width" not in box.style) or (least or 0) > NARROW_PX:
            yield warning("E-09", f"<{box.tag}> has a fixed width over {NARROW_PX} px; use max-width.")


def check_right_to_left(letter: Letter) -> Iterator[Problem]:
    """E-12: text from right to left is aligned so, also for clients that know dir only in part."""
    for box in _read(letter):
        if box.look.direction != "rtl":
            continue
        if box.look.align not in {"right", "start", "center"}:
            yield error("E-12", f"“{box.excerpt}” runs from right to left; add text-align:right inline.")
        if box.tag not in _ISOLATED and _ADDRESS.search(box.text):
            yield warning("E-12", f'An address or number in “{box.excerpt}” needs <bdi> or <span dir="ltr">.')


CHECKS = (
    check_inline,
    check_size,
    check_leading,
    check_justified,
    check_narrow,
    check_right_to_left,
)
