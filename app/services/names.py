"""What a reader wants to be called: optional, of any script, and never a way to write to other people through us."""

import re
from dataclasses import dataclass

from app.errors import Invalid, Problem, Sentence
from app.mail.merge_fields import LONGEST_VALUE, value

_WEB_ADDRESS = re.compile(r"[/@]|\bwww\.|[^\W_]\.[^\W\d_]{2,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Names:
    """First and last name, both maybe empty."""

    first: str = ""
    last: str = ""

    @classmethod
    def typed(cls, first: str, last: str) -> "Names":
        """As they are kept: NFC, one line, no controls.

        Raises Invalid, for the fields "first_name" and "last_name", if one is too long or holds a web or mail address.
        """
        problems = [*_problems(first, "first_name"), *_problems(last, "last_name")]
        if problems:
            raise Invalid(*problems)
        return cls(value(first), value(last))


def _problems(name: str, field: str) -> list[Problem]:
    name = " ".join(name.split())
    if len(name) > LONGEST_VALUE:
        fault = Sentence(
            "This name is %(length)d characters long; at most %(limit)d fit.", length=len(name), limit=LONGEST_VALUE
        )
        return [Problem(fault, field=field)]
    if _WEB_ADDRESS.search(name):
        fault = Sentence(
            "A name can't hold a web or mail address. Write the name alone, with a blank after each full stop."
        )
        return [Problem(fault, field=field)]
    return []
