"""Contrast with the mail's own dark colours, where a program shows them (rule E-07; WCAG 2.2 criterion 1.4.3).

Of the style sheet only the rules for `prefers-color-scheme: dark` count, and of these what our templates are written
with: tags and classes, one inside the other.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.mail.css import LINK_BLUE, Rgb, colour, contrast, declarations
from app.mail.letter import Letter
from app.mail.lint_contrast import contrast_needed
from app.mail.page import Box
from app.mail.problems import Problem, error

_DARK = re.compile(r"@media[^{}]{0,80}prefers-color-scheme\s{0,9}:\s{0,9}dark[^{}]{0,80}\{((?:[^{}]*\{[^{}]*\})*)")
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_SIMPLE = re.compile(r"[a-z][a-z0-9]*(?:\.[\w-]+)*|(?:\.[\w-]+)+")
_COLOURS = {"color", "background-color", "background"}


@dataclass(frozen=True, slots=True)
class _Selector:
    """A chain of simple selectors, the innermost last, with what its rule declares."""

    chain: tuple[str, ...]
    style: Mapping[str, str]

    @property
    def weight(self) -> tuple[int, int]:
        """Specificity: classes, then tags."""
        return sum(part.count(".") for part in self.chain), sum(not part.startswith(".") for part in self.chain)

    def matches(self, element: Any) -> bool:
        """Whether the rule is for this element."""
        if not _is(element, self.chain[-1]):
            return False
        left = list(self.chain[:-1])
        for ancestor in element.iterancestors():
            if left and _is(ancestor, left[-1]):
                left.pop()
        return not left


def check_dark_scheme(letter: Letter) -> Iterator[Problem]:
    """Each text against the ground that the dark rules give it; where they give none, the light one stays."""
    selectors = _selectors(letter.page.stylesheet)
    if not selectors:
        return
    seen: dict[Any, tuple[Rgb | None, Rgb | None]] = {}
    for box in letter.page.boxes:
        ink, paper = seen.get(box.element.getparent(), (None, None))
        own = _dark_style(box, selectors)
        ink = _first(own.get("color"), box.style.get("color"), LINK_BLUE if _is_link(box) else ink)
        paper = _first(own.get("background-color") or own.get("background"), box.style.get("background-color"), paper)
        seen[box.element] = ink, paper
        if box.readable and ink is not None and paper is not None:
            yield from _judged(box, ink, paper)


def _judged(box: Box, ink: Rgb, paper: Rgb) -> Iterator[Problem]:
    needed, found = contrast_needed(box), contrast(ink, paper)
    if found < needed:
        words = f"“{box.excerpt}” has a contrast of {found:.1f} : 1 in the mail's dark colours; {needed:g} are needed."
        yield error("E-07", words)


def _selectors(stylesheet: str) -> list[_Selector]:
    """The dark rules, the weakest first."""
    found = []
    for block in _DARK.findall(stylesheet):
        for names, body in _RULE.findall(block):
            style = {name: value for name, value in declarations(body).items() if name in _COLOURS}
            chains = [tuple(name.split()) for name in names.split(",")]
            found += [_Selector(chain, style) for chain in chains if style and _is_understood(chain)]
    return sorted(found, key=lambda selector: selector.weight)


def _is_understood(chain: Sequence[str]) -> bool:
    return bool(chain) and all(map(_SIMPLE.fullmatch, chain))


def _dark_style(box: Box, selectors: Sequence[_Selector]) -> dict[str, str]:
    found: dict[str, str] = {}
    for selector in selectors:
        if selector.matches(box.element):
            found |= selector.style
    return found


def _is(element: Any, simple: str) -> bool:
    tag, *classes = simple.split(".")
    own = str(element.get("class") or "").lower().split()
    return (not tag or element.tag == tag) and all(name in own for name in classes)


def _is_link(box: Box) -> bool:
    return box.tag == "a" and box.element.get("href") is not None


def _first(dark: str | None, inline: str | None, inherited: Rgb | None) -> Rgb | None:
    return colour(dark or "") or colour(inline or "") or inherited


CHECKS = (check_dark_scheme,)
