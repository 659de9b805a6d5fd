"""Addresses as lists write them, with a name before or behind."""

import re

_BRACKETS = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>[\s,;]*")
_COMMENT = re.compile(r"(?P<address>[^\s()]+@[^\s()]+)\s+\((?P<name>[^()]*)\)\s*")


def name_and_address(text: str) -> tuple[str, str]:
    """The name and the address of `Ana Lima <ana@example.org>`, `ana@example.org (Ana Lima)` or an address alone."""
    found = _BRACKETS.fullmatch(text) or _COMMENT.fullmatch(text)
    if found is None:
        return "", text.strip()
    return found["name"].strip().strip('"').strip(), found["address"].strip()


def split_name(name: str) -> tuple[str, str]:
    """A whole name as first and last name: the first word, and the others."""
    first, _, last = " ".join(name.split()).partition(" ")
    return first, last
