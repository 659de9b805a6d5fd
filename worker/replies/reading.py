"""Looking an answer up in the table: the first row that fits says its class.

Texts come from strangers. They are cut, and matched against fixed phrases with gaps of bounded length only, so that no
text can make a look-up slow. Words with an @ are left out first: an address must not decide what its rejection means.
"""

import re
from dataclasses import dataclass

from app.models.reply_class import ReplyClass
from worker.replies.table import TABLE, Rule
from worker.smtp.outcome import Outcome

LONGEST_TEXT = 1000
_GAP = ".{0,60}?"
_STATUS_WORD = re.compile(r"[245]\.\d{1,3}\.\d{1,3}:?")
_STATUS_IN_TEXT = re.compile(r"#([45])\.(\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class _Answer:
    code: str
    status: str
    words: str
    stage: str


@dataclass(frozen=True, slots=True)
class _Pattern:
    rule: Rule
    words: re.Pattern[str] | None

    def fits(self, answer: _Answer) -> bool:
        rule = self.rule
        return (
            answer.code.startswith(rule.codes)
            and (not rule.status or _is_among(answer.status, rule.status))
            and (not rule.stage or answer.stage == rule.stage)
            and (self.words is None or self.words.search(answer.words) is not None)
        )


def phrases_of(rule: Rule) -> list[str]:
    """The phrases of a rule, one by one."""
    return [" ".join(phrase.split()) for phrase in rule.words.split("|") if phrase.strip()]


def _pattern(rule: Rule) -> _Pattern:
    phrases = [_GAP.join(map(re.escape, phrase.split("…"))) for phrase in phrases_of(rule)]
    return _Pattern(rule, re.compile("|".join(phrases)) if phrases else None)


_PATTERNS = tuple(map(_pattern, TABLE))


def classify(outcome: Outcome, stage: str = "") -> ReplyClass:
    """What a refused or deferred outcome means. Trouble with the network, which has no code, is soft.

    `stage` is the command that was answered (MAIL, RCPT, DATA, END), if it is known.
    """
    if outcome.code is None:
        return ReplyClass.SOFT
    answer = _Answer(str(outcome.code), _status(outcome), _words(outcome.text), stage)
    return next(pattern.rule.reply_class for pattern in _PATTERNS if pattern.fits(answer))


def _status(outcome: Outcome) -> str:
    """Subject and detail of the enhanced code (RFC 3463 section 2): 1.1 of 5.1.1. Some write #5.1.1 into the text."""
    if outcome.enhanced:
        return outcome.enhanced.partition(".")[2]
    found = _STATUS_IN_TEXT.search(outcome.text[:LONGEST_TEXT])
    return found[2] if found and found[1] == str(outcome.code)[0] else ""


def _words(text: str) -> str:
    """The text in small letters, its lines joined, without addresses and without the codes that begin each line."""
    words = text[:LONGEST_TEXT].lower().replace("’", "'").split()
    return " ".join(word for word in words if "@" not in word and not _STATUS_WORD.fullmatch(word))


def _is_among(status: str, wanted: tuple[str, ...]) -> bool:
    return any(status.startswith(one[:-1]) if one.endswith("*") else status == one for one in wanted)
