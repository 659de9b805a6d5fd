"""How the rules for finished mails (`app.mail.lint`) are told to those who write: by which name, and how to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass

_OFFICE = "This isn't in the text. Whoever looks after this installation finds it in its settings or mail templates."


@dataclass(frozen=True, slots=True)
class Rule:
    """What stands above a rule's findings: the check's name, its title, how to mend it, and in which field."""

    check: str
    title: str
    mend: str = _OFFICE
    place: str = ""

    @property
    def is_technical(self) -> bool:
        """Whether it isn't the author's to mend; then the rule's code helps whoever it is."""
        return self.mend == _OFFICE


FORM = Rule("message-form", "Technical form of the message")
_UNSUBSCRIBE = Rule("unsubscribe", "The way out: unsubscribe link and header fields", _OFFICE, "settings")
_LEGIBLE = Rule(
    "legibility",
    "Legible type, read in the right order",
    "The text itself needs no sizes or positions. If it was pasted with HTML in it, take the tags out.",
    "body",
)
_PLAIN_TEXT = Rule(
    "plain-text",
    "The plain text says the same",
    "Readers with text programs get the plain text instead of the page. Take HTML out of the text, then check again.",
    "body",
)
_DIRECTION = Rule(
    "direction",
    "Direction of writing",
    "Set the statement's language to the one in which it is written; the direction follows from it.",
    "language",
)
_CONTRAST = Rule(
    "contrast",
    "Contrast in light and dark",
    "Leave colours to the template: it is legible in both. Take colours out of pasted HTML.",
    "body",
)

RULES: Mapping[str, Rule] = {
    "E-01": Rule(
        "language",
        "Language of the mail",
        "Choose the language in which the statement is written, so that screen readers pronounce it right.",
        "language",
    ),
    "E-02": Rule(
        "tables",
        "Tables",
        "Give each table of figures a first row of headings; write everything else as a list or as sentences.",
        "body",
    ),
    "E-03": Rule(
        "headings",
        "Headings in order",
        "Use ## for sections and ### for what belongs below one, without skipping a level or leaving one empty.",
        "body",
    ),
    "E-05": Rule(
        "image-description",
        "Descriptions of images",
        "Say in a sentence what the image shows, for those who don't see it; or say that it is decoration.",
        "image_alt",
    ),
    "E-06": Rule(
        "link-text",
        "Words of links",
        "Write what readers find there: “the report on accessible voting”, not “click here”. Many hear links alone.",
        "body",
    ),
    "E-07": _CONTRAST,
    "E-08": _CONTRAST,
    "E-09": _LEGIBLE,
    "E-10": _LEGIBLE,
    "E-11": _LEGIBLE,
    "E-12": _DIRECTION,
    "E-13": Rule(
        "moving-images",
        "Moving images and backgrounds",
        "Use a still picture; words belong into the text, not into a picture behind it.",
        "body",
    ),
    "E-14": _PLAIN_TEXT,
    "M-11": _PLAIN_TEXT,
    "E-15": Rule("read-online", "Link to the page on the web"),
    "E-16": Rule("tone", "Capitals, emoji, leftovers", "Write in ordinary letters, as you would speak."),
    "H-14": Rule("subject", "Subject", "Say in a few words what the statement is about.", "subject"),
    "L-01": Rule("postal-address", "Postal address in both parts", _OFFICE, "settings"),
    "L-10": Rule("sender-contact", "Name and contact of the sender in both parts", _OFFICE, "settings"),
    "L-28": Rule(
        "tracking",
        "Nothing that watches readers",
        "Take the image out: readers have not agreed to be counted when they open a mail.",
        "body",
    ),
    "M-10": Rule(
        "size",
        "Size of the mail",
        "Shorten the text, or send its beginning with a link to the whole; Gmail cuts off what is over 100 kB, and the "
        "unsubscribe link with it.",
        "body",
    ),
    **dict.fromkeys(("U-01", "U-02", "U-07", "U-12", "U-13", "U-14"), _UNSUBSCRIBE),
}
"""By the code of `app.mail.problems.Problem`; what isn't here is about the message's technical form."""
