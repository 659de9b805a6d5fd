"""Why somebody leaves, if they like to say: one of a few choices, some words, or neither. It never keeps anybody."""

import re
from enum import StrEnum

LONGEST_WORDS = 500
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


class LeavingReason(StrEnum):
    """What the form offers; none of them asks about a person, only about our mails."""

    TOO_MANY = "too-many"
    NOT_FOR_ME = "not-for-me"
    HARD_TO_READ = "hard-to-read"
    NEVER_ASKED = "never-asked"
    OTHER = "other"


def said(choice: str, words: str) -> str:
    """The reason as the consent log keeps it: the choice, a colon, the words on one line without addresses.

    What can't be kept is dropped, and long words are cut, because leaving must not fail for its reason's sake.
    """
    chosen = choice if choice in set(LeavingReason) else ""
    printable = "".join(sign if sign.isprintable() else " " for sign in words)
    short = _ADDRESS.sub("(address)", " ".join(printable.split()))[:LONGEST_WORDS].strip()
    return ": ".join(filter(None, [chosen or (LeavingReason.OTHER.value if short else ""), short]))


def parted(detail: str) -> tuple[LeavingReason | None, str]:
    """The choice and the words of what the log keeps; no choice where the log says something else."""
    choice, _, words = detail.partition(": ")
    return (LeavingReason(choice), words) if choice in set(LeavingReason) else (None, detail)
