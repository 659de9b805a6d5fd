"""The texts that make up a statement, said once: what is written, read from files, saved and compared has these."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields


def _text(limit: int) -> str:
    """A text that may be empty, of at most so many characters."""
    found: str = field(default="", metadata={"limit": limit})
    return found


@dataclass(slots=True, kw_only=True)
class StatementTexts:
    """What a statement says, each text with the longest length that fits; `body` is Markdown.

    `easy_summary` says the same in easy words, for people who find the rest hard to read.
    """

    title: str = _text(250)
    standfirst: str = _text(2000)
    easy_summary: str = _text(3000)
    body: str = _text(100_000)
    signatory_name: str = _text(200)
    signatory_role: str = _text(200)
    contact_name: str = _text(200)
    contact_role: str = _text(200)
    contact_email: str = _text(254)
    contact_phone: str = _text(60)
    image_alt: str = _text(1000)


LONGEST_CORRECTION = 1000
"""The longest note about a correction, in characters."""


@dataclass(slots=True, kw_only=True)
class TranslatedTexts(StatementTexts):
    """What a statement says in one more language, with what readers of that language are told about a correction."""

    correction: str = ""


LIMITS: Mapping[str, int] = {item.name: item.metadata["limit"] for item in fields(StatementTexts)}
"""The names of the texts, in their order, and the longest length of each in characters."""


def texts_of(thing: object) -> dict[str, str]:
    """The texts of whatever has them under these names, such as a statement or a draft."""
    return {name: getattr(thing, name) for name in LIMITS}
