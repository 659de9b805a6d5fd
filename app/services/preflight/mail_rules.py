"""The rules for finished mails, as findings: accessibility, the way out, the imprint, form and size."""

from collections.abc import Iterator

from app.mail.problems import Problem
from app.services.preflight.findings import Finding, Level
from app.services.preflight.reading import Reading
from app.services.preflight.rules import FORM, RULES


def check(reading: Reading) -> Iterator[Finding]:
    """Whatever the list of rules says about the message."""
    for problem in reading.problems:
        rule = RULES.get(problem.code, FORM)
        words = f"{problem.message} ({problem.code})" if rule.is_technical else problem.message
        yield Finding(rule.check, _level(problem), rule.title, words, rule.mend, rule.place, reading.label)


def _level(problem: Problem) -> Level:
    """A service at an address of this computer reaches nobody, so that nobody has to be asked about it."""
    return "note" if (problem.code, problem.severity) == ("U-01", "warning") else problem.severity
