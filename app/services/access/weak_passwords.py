"""Passwords that are tried first, found by taking away what every list of them is made of.

Of the lists of common passwords hardly one entry is as long as ours have to be; what people do instead is to lengthen
one: `Password2026!`, `qwertyuiop123`, the name of the office and a year. So common words (`common_words.txt`), names,
rows of keys, years and repetitions are taken out of a password, and what is left has to be worth something.
"""

import re
from collections.abc import Iterable
from pathlib import Path

FEWEST_CHARACTERS = 6
FEWEST_DIFFERENT = 5
SHORTEST_NAME = 4
_SHORTEST_ROW = 4
_COMMON = frozenset(Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").split())
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm")
_PAIRS = ("1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn", "q1w2e3r4t5y6", "qazwsxedcrfvtgb")
_YEAR = re.compile(r"(?:19|20)\d\d")
_AGAIN = re.compile(r"(.+?)\1+")
_DISGUISES = str.maketrans("04351$@!|", "oaesisaii")


def is_weak(password: str, about: Iterable[str] = ()) -> bool:
    """Whether next to nothing is left without common words and those of `about`: names and addresses (ASVS 6.2.11)."""
    left = _YEAR.sub(" ", _without_rows(password.casefold()))
    words = _COMMON | {word for text in about for word in _names(text)}
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, " ")
    left = left.translate(_DISGUISES)
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, " ")
    left = _AGAIN.sub(r"\1", "".join(filter(str.isalnum, left)))
    return len(left) < FEWEST_CHARACTERS or len(set(left)) < FEWEST_DIFFERENT


def _names(text: str) -> Iterable[str]:
    return (word for word in re.findall(r"\w+", text.casefold()) if len(word) >= SHORTEST_NAME)


def _without_rows(text: str) -> str:
    """Without neighbouring keys or letters, forwards or backwards."""
    for row in (*_ROWS, *_PAIRS):
        for line in (row, row[::-1]):
            text = _without_runs(text, line)
    return text


def _without_runs(text: str, line: str) -> str:
    kept, at = [], 0
    while at < len(text):
        length = _run(text, at, line)
        kept.append(" " if length >= _SHORTEST_ROW else text[at])
        at += length if length >= _SHORTEST_ROW else 1
    return "".join(kept)


def _run(text: str, at: int, line: str) -> int:
    """How many characters from here on stand side by side in the line."""
    length = 1
    while at + length < len(text) and text[at : at + length + 1] in line:
        length += 1
    return length
