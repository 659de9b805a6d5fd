"""The one small family of errors that services raise.

Nothing in here knows HTTP. Each door maps the family once: a page, a flashed message or an exit code.
"""

from dataclasses import dataclass
from typing import Self


class Sentence(str):
    """Words with values in them, `%(name)s`, that remember their pattern: readers are told in their own language."""

    pattern: str
    values: dict[str, object]

    def __new__(cls, pattern: str, **values: object) -> Self:
        """Fill the pattern, `%`-style; raises KeyError if a value is missing."""
        sentence = super().__new__(cls, pattern % values)
        sentence.pattern, sentence.values = pattern, values
        return sentence


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with what somebody gave us, in words that say what to do.

    `field` names the form field, header or setting; `line` is the 1-based line of a file, if there is one.
    """

    message: str
    field: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = [self.field] if self.field else []
        if self.line is not None:
            place.append(f"line {self.line}")
        return f"{', '.join(place)}: {self.message}" if place else self.message


class CommuniqueError(Exception):
    """Base of the family; `code` is stable and machine-readable."""

    code = "error"

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it says, one sentence for each thing that is wrong."""
        return tuple(said for said in self.args[:1] if isinstance(said, str))


class NotFound(CommuniqueError):
    """The thing that was asked for does not exist, or not any more."""

    code = "not_found"


class Invalid(CommuniqueError):
    """What was given can't be accepted; `problems` says which part and what to do about it."""

    code = "invalid"

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(Problem(p) if isinstance(p, str) else p for p in problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is wrong, in the order in which it was found."""
        return tuple(problem.message for problem in self.problems)


class Conflict(CommuniqueError):
    """The thing is not in a state in which this can be done."""

    code = "conflict"


class Forbidden(CommuniqueError):
    """Whoever asks may not do this."""

    code = "forbidden"


class Expired(CommuniqueError):
    """A signed link was once good and is too old now."""

    code = "expired"


class RateLimited(CommuniqueError):
    """Too much of this in too short a time; try again after `retry_after` seconds."""

    code = "rate_limited"

    def __init__(self, message: str, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class Unavailable(CommuniqueError):
    """Something outside that is needed does not answer; the same may be asked again later."""

    code = "unavailable"
