"""The little CSS that mail needs: inline declarations, lengths in pixels, colours and their contrast.

Contrast follows WCAG 2.2 (relative luminance, success criterion 1.4.3).
"""

import re
from collections.abc import Mapping
from functools import lru_cache

Rgb = tuple[int, int, int]
WHITE: Rgb = (255, 255, 255)
BLACK: Rgb = (0, 0, 0)
LINK_BLUE: Rgb = (0, 0, 238)

_LENGTH = re.compile(r"(\d{0,6}(?:\.\d{0,6})?)(px|pt|em|rem|%)")
_NUMBER = re.compile(r"\d{0,4}(?:\.\d{0,6})?")
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})")
_RGB = re.compile(r"rgb\(\s{0,9}(\d{1,3})\s{0,9}[, ]\s{0,9}(\d{1,3})\s{0,9}[, ]\s{0,9}(\d{1,3})\s{0,9}\)")
_NAMED: Mapping[str, Rgb] = {
    "black": BLACK,
    "white": WHITE,
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "red": (255, 0, 0),
    "maroon": (128, 0, 0),
    "yellow": (255, 255, 0),
    "olive": (128, 128, 0),
    "lime": (0, 255, 0),
    "green": (0, 128, 0),
    "aqua": (0, 255, 255),
    "teal": (0, 128, 128),
    "blue": (0, 0, 255),
    "navy": (0, 0, 128),
    "fuchsia": (255, 0, 255),
    "purple": (128, 0, 128),
}


@lru_cache(maxsize=4096)
def declarations(style: str) -> Mapping[str, str]:
    """Read a style attribute: property to value, both lower case, the last one counts."""
    found = {}
    for declaration in style.lower().split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            found[name.strip()] = value.replace("!important", "").strip()
    return found


@lru_cache(maxsize=1024)
def length_px(value: str, relative_to: float) -> float | None:
    """Read a length in pixels; em and % count from `relative_to`, rem from 16. None if it is no length."""
    match = _LENGTH.fullmatch(value.strip())
    if match is None or match[1] in {"", "."}:
        return None
    factor = {"px": 1.0, "pt": 4 / 3, "em": relative_to, "rem": 16.0, "%": relative_to / 100}[match[2]]
    return float(match[1]) * factor


def number(value: str) -> float | None:
    """Read a plain number, such as a unitless line height."""
    value = value.strip()
    return float(value) if _NUMBER.fullmatch(value) and value.strip(".") else None


@lru_cache(maxsize=1024)
def colour(value: str) -> Rgb | None:
    """Read a colour written in hex, as rgb() or by one of the basic names; None for all else."""
    value = value.strip().lower()
    if match := _HEX.fullmatch(value):
        digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if match := _RGB.fullmatch(value):
        red, green, blue = (min(int(part), 255) for part in match.groups())
        return red, green, blue
    return _NAMED.get(value)


def inverted(rgb: Rgb) -> Rgb:
    """Turn light into dark as a client does that forces a dark mode upon a page."""
    return 255 - rgb[0], 255 - rgb[1], 255 - rgb[2]


@lru_cache(maxsize=1024)
def contrast(one: Rgb, other: Rgb) -> float:
    """Compute the contrast ratio, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (_linear(channel / 255) for channel in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
