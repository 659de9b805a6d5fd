"""What the doctor says about one thing that it looked at."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`part` is what was looked at, `words` what was seen, `mend` what to do about it; `code` names the finding.

    With a failure, mail will be refused or isn't sent at all; a warning costs trust or will fail one day.
    """

    part: str
    level: Level
    words: str
    mend: str = ""
    code: str = ""


def ok(part: str, words: str) -> Diagnosis:
    """All is well here."""
    return Diagnosis(part, "ok", words)


def remark(part: str, words: str, mend: str = "", code: str = "") -> Diagnosis:
    """Good to know; often something that can't be seen from here."""
    return Diagnosis(part, "note", words, mend, code)


def warn(part: str, words: str, mend: str, code: str = "") -> Diagnosis:
    """It should be put right."""
    return Diagnosis(part, "warn", words, mend, code)


def fail(part: str, words: str, mend: str, code: str = "") -> Diagnosis:
    """It has to be put right."""
    return Diagnosis(part, "fail", words, mend, code)
