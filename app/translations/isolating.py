"""Values inside sentences that run from right to left: between U+2068 and U+2069, which hold in titles too (UAX #9)."""

from typing import Any

FIRST_STRONG, END = "\u2068", "\u2069"


def isolated(value: Any) -> Any:
    """A text between the two marks; anything else as it is."""
    if not isinstance(value, str) or not value:
        return value
    return type(value)(f"{FIRST_STRONG}{value}{END}")
