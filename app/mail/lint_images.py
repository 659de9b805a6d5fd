"""Pictures (rules E-05, E-13, L-28)."""

import re
from collections.abc import Iterator

from app.mail.letter import Letter
from app.mail.page import Box
from app.mail.problems import Problem, error, warning

_FILE_NAME = re.compile(r"[\w -]{1,80}\.(?:png|jpe?g|gif|webp|svg)", re.IGNORECASE)


def check_descriptions(letter: Letter) -> Iterator[Problem]:
    """E-05: a description, or an empty one for decoration; a size, so that nothing jumps."""
    for box in letter.page.by_tag.get("img", []):
        alt = box.element.get("alt")
        if alt is None:
            yield error("E-05", f'The image {_file(box)} needs a description (alt="" if it is decoration).')
        elif _FILE_NAME.fullmatch(alt):
            yield error("E-05", f"The image {_file(box)} is described by a file name; say what it shows.")
        if not (_sized(box, "width") and _sized(box, "height")):
            yield error("E-05", f"The image {_file(box)} needs width and height.")


def check_animation(letter: Letter) -> Iterator[Problem]:
    """E-13: nothing that flashes; nothing to read in a background."""
    for box in letter.page.by_tag.get("img", []):
        if box.get("src").lower().partition("?")[0].endswith(".gif"):
            yield warning("E-13", f"{_file(box)} is a GIF; an animation must end within 5 s and must not flash.")
    for box in letter.page.boxes:
        background = box.style.get("background", "") + box.style.get("background-image", "")
        if "url(" in background or box.element.get("background"):
            yield error("E-13", "A background image may vanish with the words upon it; use a plain colour.")
    if "url(" in letter.page.stylesheet:
        yield error("E-13", "The stylesheet loads an image or a font; leave it out.")


def check_pixels(letter: Letter) -> Iterator[Problem]:
    """L-28: no open tracking."""
    for box in letter.page.by_tag.get("img", []):
        if box.get("width") in {"0", "1"} or box.get("height") in {"0", "1"}:
            yield error("L-28", f"{_file(box)} looks like a tracking pixel; readers haven't agreed to that.")


def _file(box: Box) -> str:
    return f"“{box.get('src').rpartition('/')[2][:60]}”"


def _sized(box: Box, side: str) -> bool:
    return bool(box.get(side)) or side in box.style


CHECKS = (check_descriptions, check_animation, check_pixels)
