"""What readers see before they open the mail: the subject and the line beside it."""

from collections.abc import Iterator

from app.services.preflight.findings import Finding, Level
from app.services.preflight.reading import Reading

LONG_SUBJECT, CUT_SUBJECT = 60, 78
SHORT_PREHEADER, LONG_PREHEADER = 25, 140
_LOUD_LETTERS, _FEW_WORDS = 8, 2


def check_subject(reading: Reading) -> Iterator[Finding]:
    """Its length, capitals and exclamation marks.

    That there is one, no pretended reply and not mostly capitals where it has many words, the mail rules say.
    """
    subject, place = reading.subject, "subject" if reading.text.is_original else "title"
    if len(subject) > CUT_SUBJECT:
        words = f"The subject has {len(subject)} characters; most inboxes show no more than {CUT_SUBJECT}."
        yield _subject(
            reading, "warning", words, "Put what matters first, and leave out what the mail says anyway.", place
        )
    elif len(subject) > LONG_SUBJECT:
        words = f"The subject has {len(subject)} characters; telephones show about {LONG_SUBJECT}."
        yield _subject(reading, "note", words, "Make sure that it is understood without its end.", place)
    if sum(map(subject.count, "!！")) > 1:
        words = "There are several exclamation marks in the subject; filters and readers take that for advertising."
        yield _subject(reading, "warning", words, "Leave one at most.", place)
    if subject.isupper() and len(subject.split()) <= _FEW_WORDS and sum(map(str.isalpha, subject)) >= _LOUD_LETTERS:
        words = "The subject is all in capitals; screen readers may spell it out, and filters take it for advertising."
        yield _subject(reading, "warning", words, "Write it in ordinary letters.", place)


def check_preheader(reading: Reading) -> Iterator[Finding]:
    """That there is a line of its own, that it adds something to the subject, and its length."""
    shown, place = reading.preheader, "preheader" if reading.text.is_original else "standfirst"
    if not reading.teaser.strip():
        words = "There is no preview line; inboxes show the beginning of the text instead."
        yield _preheader(reading, "note", words, "Write a sentence that makes people open the mail.", place)
    elif _bare(shown) == _bare(reading.subject):
        words = "The preview line repeats the subject; inboxes show both side by side."
        yield _preheader(reading, "warning", words, "Say there what the subject doesn't.", place)
    elif len(shown) > LONG_PREHEADER:
        words = f"The preview line has {len(shown)} characters; inboxes show between 40 and {LONG_PREHEADER}."
        yield _preheader(reading, "note", words, "Make sure that its beginning makes sense alone.", place)
    elif len(shown) < SHORT_PREHEADER:
        words = "The preview line is very short; what follows in the mail is shown behind it."
        yield _preheader(reading, "note", words, "Forty characters or more fill the line.", place)


def _subject(reading: Reading, level: Level, words: str, mend: str, place: str) -> Finding:
    return Finding("subject", level, "Subject", words, mend, place, reading.label)


def _preheader(reading: Reading, level: Level, words: str, mend: str, place: str) -> Finding:
    return Finding("preheader", level, "Preview line", words, mend, place, reading.label)


def _bare(line: str) -> str:
    return "".join(filter(str.isalnum, line.casefold()))
