"""What the inbox holds, recipient by recipient, against the lists that were written down beforehand."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from app.cli.demo.people import GET_CONFIRMATION, GET_FIRST, GET_NOTHING, GET_SECOND, LEAVER, wire
from app.devinbox.store import Entry


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what was expected, and what was counted in the inbox."""

    what: str
    expected: int
    counted: int

    @property
    def is_right(self) -> bool:
        """Whether both are the same."""
        return self.expected == self.counted


def count_confirmations(entries: Iterable[Entry], *subjects: str) -> list[Figure]:
    """The figures of all mails but the statements of these subjects."""
    got = _recipients(entry for entry in entries if entry.subject not in subjects)
    return [
        Figure("confirmation mails", len(GET_CONFIRMATION), got.total()),
        Figure("confirmation mails: people who did not ask", 0, len(got.keys() - GET_CONFIRMATION)),
    ]


def count_first(entries: Iterable[Entry], subject: str) -> list[Figure]:
    """The figures of the first statement."""
    return _count("first statement", _of(entries, subject), GET_FIRST)


def count_second(entries: Iterable[Entry], subject: str) -> list[Figure]:
    """The figures of the second statement, which must not reach who has left."""
    got = _of(entries, subject)
    return [
        *_count("second statement", got, GET_SECOND),
        Figure("second statement: mails to who had left", 0, got[wire(LEAVER)]),
    ]


def count_silent(entries: Iterable[Entry]) -> Figure:
    """The figure of those who get nothing: pending, gone, suppressed, or confirmed for another topic."""
    got = _recipients(entries)
    return Figure("mails to pending, gone, suppressed, other topic", 0, sum(got[one] for one in GET_NOTHING))


def _count(statement: str, got: Counter[str], expected: frozenset[str]) -> list[Figure]:
    """Whether those who got it are those expected: nobody is missing, and nobody is one too many."""
    return [
        Figure(f"{statement}: people who got it", len(expected), len(expected & got.keys())),
        Figure(f"{statement}: second copies", 0, got.total() - len(got)),
        Figure(f"{statement}: people who did not ask", 0, len(got.keys() - expected)),
    ]


def _of(entries: Iterable[Entry], subject: str) -> Counter[str]:
    return _recipients(entry for entry in entries if entry.subject == subject)


def _recipients(entries: Iterable[Entry]) -> Counter[str]:
    return Counter(recipient for entry in entries for recipient in entry.recipients)
