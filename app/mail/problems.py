"""What the checks of a finished message find."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One rule that a message breaks.

    `code` names the rule ("U-01" …), `message` says in plain words what is wrong and how to mend it. A message with
    an error is not sent; a warning is for the author to judge.
    """

    code: str
    severity: Severity
    message: str

    def __str__(self) -> str:
        return f"{self.code} ({self.severity}): {self.message}"


def error(code: str, message: str) -> Problem:
    """Make a problem that stops the message."""
    return Problem(code, "error", message)


def warning(code: str, message: str) -> Problem:
    """Make a problem that the author is told about."""
    return Problem(code, "warning", message)
