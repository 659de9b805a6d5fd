"""Contrast, in the light and where a client forces a dark mode (rule E-07; WCAG 2.2 criterion 1.4.3)."""

from collections.abc import Iterator

from app.mail.css import BLACK, WHITE, colour, contrast, inverted
from app.mail.letter import Letter
from app.mail.page import Box
from app.mail.problems import Problem, error

NORMAL, LARGE = 4.5, 3.0
LARGE_PX, LARGE_BOLD_PX = 24.0, 18.66
_NO_COLOUR = {"transparent", "inherit", "initial", "currentcolor", "none", "unset"}


def check_pairs(letter: Letter) -> Iterator[Problem]:
    """A colour of text alone becomes unreadable where the client changes the background."""
    for box in letter.page.boxes:
        if ("color" in box.style or box.element.get("color")) and box.look.background is None and not box.look.hidden:
            yield error("E-07", f"“{box.excerpt or box.tag}” sets a text colour without a background colour.")


def check_notation(letter: Letter) -> Iterator[Problem]:
    """A colour that can't be read can't be checked."""
    for box in letter.page.boxes:
        for name in ("color", "background-color"):
            value = box.style.get(name)
            if value and value not in _NO_COLOUR and colour(value) is None:
                yield error("E-07", f"The colour “{value[:40]}” can't be checked; write it like #1a2b3c.")


def check_contrast(letter: Letter) -> Iterator[Problem]:
    """At least 4.5 : 1, or 3 : 1 for large type."""
    for box in letter.page.boxes:
        if box.readable:
            yield from _contrast(box)


def _contrast(box: Box) -> Iterator[Problem]:
    ink, paper = box.look.colour or BLACK, box.look.background or WHITE
    needed = contrast_needed(box)
    light, dark = contrast(ink, paper), contrast(inverted(ink), inverted(paper))
    if light < needed:
        yield error("E-07", f"“{box.excerpt}” has a contrast of {light:.1f} : 1; {needed:g} are needed.")
    if dark < needed:
        yield error("E-07", f"“{box.excerpt}” has a contrast of {dark:.1f} : 1 in dark mode; {needed:g} are needed.")


def contrast_needed(box: Box) -> float:
    """Large type needs less (WCAG 2.2, success criterion 1.4.3)."""
    size = box.look.size or 0.0
    return LARGE if size >= LARGE_PX or (box.look.bold and size >= LARGE_BOLD_PX) else NORMAL


CHECKS = (check_pairs, check_notation, check_contrast)
