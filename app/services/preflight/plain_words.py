"""Whether a text can be followed at one hearing: in easy words too (E-15), no endless sentence, no capitals (E-16)."""

import re
from collections.abc import Iterator
from itertools import groupby

from app.mail.page import Box
from app.services.preflight.findings import Finding
from app.services.preflight.reading import Reading
from app.services.preflight.rules import RULES

LONG_SENTENCE = 40
LOUD_WORDS = 4
_FEW_WORDS = 8
_END = re.compile(r"(?<=[.!?؟。])[”\"»’)\]]*\s+")


def check_sentences(reading: Reading) -> Iterator[Finding]:
    """A note; the longest is quoted, so that its author finds it."""
    long = [sentence for sentence in _sentences(reading) if len(sentence) > LONG_SENTENCE]
    if long:
        longest = max(long, key=len)
        many = "1 sentence has" if len(long) == 1 else f"{len(long)} sentences have"
        begins = " ".join(longest[:_FEW_WORDS])
        words = f"{many} more than {LONG_SENTENCE} words; the longest has {len(longest)} and begins “{begins}…”."
        mend = "Split them: who listens, or reads slowly, loses the thread of a long sentence."
        yield Finding("plain-words", "note", "Long sentences", words, mend, "body", reading.label)


def check_easy_summary(reading: Reading) -> Iterator[Finding]:
    """A note where nothing is said in easy words (E-15)."""
    if not reading.text.easy_summary.strip():
        words = "There is no summary in easy words, so people who find long texts hard to read have to do without."
        mend = "Write the main points once more: short sentences, everyday words, one thought in each."
        yield Finding("easy-words", "note", "Easy words", words, mend, "easy_summary", reading.label)


def check_capitals(reading: Reading) -> Iterator[Finding]:
    """Four words in a row and more; a list of short names has commas."""
    rule = RULES["E-16"]
    for box in _blocks(reading):
        for is_loud, run in groupby(_text(box).split(), lambda word: word.isupper() and not word.endswith((",", ";"))):
            passage = list(run)
            if is_loud and len(passage) >= LOUD_WORDS:
                words = f"“{' '.join(passage)[:60]}” is all in capitals; it is slow to read, and may be spelled aloud."
                yield Finding(rule.check, "warning", rule.title, words, rule.mend, "body", reading.label)


def _sentences(reading: Reading) -> Iterator[list[str]]:
    for box in _blocks(reading):
        for sentence in _END.split(_text(box)):
            yield sentence.split()


def _blocks(reading: Reading) -> Iterator[Box]:
    """Paragraphs, headings and items of the author's own text; an item that holds paragraphs is those."""
    for box in reading.page.boxes:
        is_block = box.tag in {"p", "li", "h2", "h3", "h4", "h5", "h6"} and box.element.find(".//p") is None
        if is_block and any("body" in str(above.get("class")).split() for above in box.element.iterancestors("div")):
            yield box


def _text(box: Box) -> str:
    return " ".join("".join(box.element.itertext()).split())
