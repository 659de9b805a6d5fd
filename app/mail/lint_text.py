"""The plain text part, and the words that the law wants in both (rules E-12, E-14, E-16, L-01, L-10, L-30)."""

import re
from collections.abc import Iterator
from unicodedata import east_asian_width

from app.mail.letter import Letter
from app.mail.lint_html import RIGHT_TO_LEFT
from app.mail.problems import Problem, error, warning

COLUMNS = 78
_MARKUP = re.compile(
    r"</?(?:p|br|div|span|a|h[1-6]|table|td|ul|li|strong|em)\b[^<>\n]{0,200}>|&(?:nbsp|amp|lt|gt|quot|#\d{1,6});"
)
_DIRECTION_MARKS = re.compile("[\u200e\u200f\u202a-\u202e]")
_SENT_FROM = re.compile(
    r"\b(?:sent from my|von meinem \w{1,20} gesendet|envoyé de mon|enviado desde mi)\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_APPEALS = frozenset(
    {
        "donate", "donation", "donations", "fundraiser", "fundraising", "spende", "spenden", "spendenkonto",
        "don", "dons", "donateur", "donar", "dona", "donación", "donaciones", "donativo", "doar", "doação",
        "doneren", "donatie", "donazione", "donazioni", "تبرع", "تبرعات", "捐款", "捐赠", "寄付", "пожертвовать",
        "пожертвование",
    }
)  # fmt: skip
_SOCIAL = re.compile(
    r"https?://(?:[\w-]{1,63}\.)?"
    r"(?:facebook|twitter|x|instagram|linkedin|youtube|tiktok|threads|bsky)\.(?:com|net|app)(?:/|$)",
    re.IGNORECASE,
)


def check_text(letter: Letter) -> Iterator[Problem]:
    """E-14: for blind readers this is often the part that counts."""
    text = letter.text
    if not text.strip():
        yield error("E-14", "The plain text part is empty.")
        return
    if _MARKUP.search(text):
        yield error("E-14", "There is HTML in the plain text part; write it as plain text.")
    lines = text.split("\n")
    if len(lines) > 3 and all(line.strip() for line in lines[:-1]):
        yield error("E-14", "The plain text has no empty lines; put one between paragraphs.")
    if not _flowed(letter) and any(_too_wide(line) for line in lines):
        yield warning("E-14", f"A line of the plain text is over {COLUMNS} columns; wrap it.")
    if _SENT_FROM.search(text):
        yield warning("E-16", "There is a phone's signature in the text; take it out.")


def _flowed(letter: Letter) -> bool:
    return any("format=flowed" in part.parameters for part in letter.parts if part.type == "text/plain")


def _too_wide(line: str) -> bool:
    """Web addresses may be as long as they are."""
    if len(line) <= COLUMNS // 2 or "://" in line:
        return False
    return len(line) + sum(east_asian_width(c) in "WF" for c in line if c > "\u1100") > COLUMNS


def check_direction_marks(letter: Letter) -> Iterator[Problem]:
    """E-12: clients order right-to-left text by themselves."""
    root = letter.page.root
    lang = "" if root is None else str(root.get("lang") or "").lower().partition("-")[0]
    if lang in RIGHT_TO_LEFT and _DIRECTION_MARKS.search(letter.text):
        yield warning("E-12", "The plain text holds invisible direction marks; take them out.")


def check_imprint(letter: Letter) -> Iterator[Problem]:
    """L-01 and L-10: who writes, where they are, how to reach them: in both parts, as text."""
    terms = letter.terms
    html = letter.page.visible_text
    targets = " ".join(link.href for link in letter.page.links)
    wanted = (
        ("L-01", "postal address", terms.postal_address, html),
        ("L-10", "organisation's name", terms.organisation, html),
        ("L-10", "contact", terms.contact, f"{html} {targets}"),
    )
    for code, what, words, page in wanted:
        if words is None:
            continue
        if not (needle := _letters(words)):
            yield error(code, f"No {what} is configured; set it before anything is sent.")
            continue
        for place, text in (("plain text", letter.text), ("HTML", page)):
            if needle not in _letters(text):
                yield error(code, f"The {what} is missing from the {place}; add it to the footer.")


def _letters(text: str) -> str:
    """Letters and digits alone: line breaks and commas may differ."""
    return "".join(filter(str.isalnum, text.casefold()))


def check_neutral(letter: Letter) -> Iterator[Problem]:
    """L-30: a confirmation with any advertising in it is itself unasked-for advertising."""
    if letter.terms.kind != "transactional":
        return
    if "img" in letter.page.by_tag:
        yield error("L-30", "An automatic mail must have no images; some courts call them advertising.")
    words = _WORD.findall(f"{letter.subject} {letter.text} {letter.page.visible_text}".casefold())
    if appeals := sorted(_APPEALS.intersection(words)):
        yield error("L-30", f"An automatic mail must not ask for money; take “{appeals[0]}” out.")
    if any(_SOCIAL.match(link.href) for link in letter.page.links):
        yield error("L-30", "An automatic mail must not link to social networks; take the link out.")


CHECKS = (check_text, check_direction_marks, check_imprint, check_neutral)
