"""What is seen stands in the order in which it is read aloud (rule E-09; WCAG 2.2 criteria 1.3.2 and 2.4.3)."""

from collections.abc import Iterator

from app.mail.letter import Letter
from app.mail.page import Box
from app.mail.problems import Problem, error

_OUT_OF_FLOW = {"absolute", "fixed", "sticky"}
_REVERSED = {"row-reverse", "column-reverse", "wrap-reverse"}


def check_order(letter: Letter) -> Iterator[Problem]:
    """Styles that move things away from their place in the source, which is what screen readers follow."""
    for box in letter.page.boxes:
        if not box.look.hidden and (moved := _moved_by(box)):
            name = f"“{box.excerpt}”" if box.excerpt else f"<{box.tag}>"
            yield error(
                "E-09", f"{name} is moved by {moved}; screen readers read it elsewhere. Put it where it belongs."
            )


def check_tab_order(letter: Letter) -> Iterator[Problem]:
    """Links are reached by the keyboard in the order of the text."""
    for box in letter.page.boxes:
        if box.get("tabindex").isdecimal() and int(box.get("tabindex")[:9]) > 0:
            yield error("E-09", f"“{box.excerpt or box.tag}” has a tabindex; keyboards would jump. Take it away.")


def _moved_by(box: Box) -> str:
    style = box.style
    if style.get("position") in _OUT_OF_FLOW:
        return f"position:{style['position']}"
    if style.get("float", "none") != "none" and box.tag != "img":
        return "float"
    if {style.get("flex-direction"), style.get("flex-wrap")} & _REVERSED:
        return "a reversed direction"
    return "order" if style.get("order", "0") != "0" else ""


CHECKS = (check_order, check_tab_order)
