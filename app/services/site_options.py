"""What staff may change about the service: one table, each row with its form, its bounds and its default.

The defaults come from the installation's settings, so that what nobody has changed follows those.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.errors import Invalid, Problem
from app.mail.address import EmailAddress
from app.models import UnknownPolicy
from app.settings import Settings, mailbox

FOOTER = "footer_text."
LONGEST_LINE = 100
LONGEST_TEXT = 500
_NUMBER = re.compile(r"[0-9]{1,9}")
_YES = "yes"


class Kind(StrEnum):
    """The form of a value; all are typed as text, and kept as what JSON can say."""

    LINE = "line"
    LINES = "lines"
    ADDRESS = "address"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"


class Section(StrEnum):
    """Under which heading it stands."""

    SENDER = "sender"
    SENDING = "sending"
    LIMITS = "limits"
    SIGNUP = "signup"
    ACCOUNTS = "accounts"
    RETENTION = "retention"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that staff may change. `least` and `most` bound a number, `most` the length of a text."""

    name: str
    section: Section
    kind: Kind
    default: Callable[[Settings], Any]
    least: int = 0
    most: int = 0
    choices: tuple[str, ...] = ()


OPTIONS: tuple[Option, ...] = (
    Option(
        "sender_name",
        Section.SENDER,
        Kind.LINE,
        lambda settings: mailbox(settings.statements_from).display_name or settings.organisation,
        least=1,
        most=LONGEST_LINE,
    ),
    Option("reply_to", Section.SENDER, Kind.ADDRESS, lambda settings: settings.reply_to),
    Option("four_eyes", Section.SENDING, Kind.SWITCH, lambda settings: False),
    Option("confirm_above", Section.SENDING, Kind.NUMBER, lambda settings: 1000, most=10_000_000),
    Option("undo_seconds", Section.SENDING, Kind.NUMBER, lambda settings: settings.undo_seconds, most=3600),
    Option(
        "unknown",
        Section.SENDING,
        Kind.CHOICE,
        lambda settings: settings.unknown,
        choices=tuple(policy.value for policy in UnknownPolicy),
    ),
    Option(
        "unknown_after_minutes",
        Section.SENDING,
        Kind.NUMBER,
        lambda settings: settings.unknown_after_minutes,
        least=1,
        most=10_080,
    ),
    Option("most_per_second", Section.LIMITS, Kind.NUMBER, lambda settings: 0, most=100_000),
    Option("most_per_hour", Section.LIMITS, Kind.NUMBER, lambda settings: 0, most=100_000_000),
    Option("most_per_day", Section.LIMITS, Kind.NUMBER, lambda settings: 0, most=100_000_000),
    Option("signup_guard", Section.SIGNUP, Kind.CHOICE, lambda settings: "auto", choices=("auto", "on", "off")),
    Option("require_second_factor", Section.ACCOUNTS, Kind.SWITCH, lambda settings: False),
    Option("keep_requests_days", Section.RETENTION, Kind.NUMBER, lambda settings: 4, least=4, most=90),
    Option("keep_deliveries_days", Section.RETENTION, Kind.NUMBER, lambda settings: 180, least=30, most=3650),
    Option("keep_replies_days", Section.RETENTION, Kind.NUMBER, lambda settings: 90, least=14, most=3650),
)


def options(settings: Settings) -> Sequence[Option]:
    """All of them, with a footer for each language that readers may choose, the first of which is the default."""
    footers = [
        Option(f"{FOOTER}{language}", Section.SENDER, Kind.LINES, _footer(is_first=not number), most=LONGEST_TEXT)
        for number, language in enumerate(settings.languages)
    ]
    return [*OPTIONS, *footers]


def read(option: Option, typed: str) -> Any:
    """The value that was typed; raises Invalid, with the option's name as the field and words that say what to do."""
    return _READERS[option.kind](option, typed.strip())


def written(value: Any) -> str:
    """A value as its field shows it."""
    if isinstance(value, bool):
        return _YES if value else ""
    return str(value)


def _footer(*, is_first: bool) -> Callable[[Settings], str]:
    return lambda settings: settings.footer_text if is_first else ""


def _refused(option: Option, words: str) -> Invalid:
    return Invalid(Problem(words, field=option.name))


def _line(option: Option, typed: str) -> str:
    if len(typed) < option.least:
        raise _refused(option, "This can't be empty.")
    if len(typed) > option.most or not typed.isprintable():
        raise _refused(option, f"Write at most {option.most} characters, on one line.")
    return typed


def _lines(option: Option, typed: str) -> str:
    text = "\n".join(line.strip() for line in typed.splitlines()).strip()
    if len(text) > option.most:
        raise _refused(option, f"Write at most {option.most} characters; this has {len(text)}.")
    if not text.replace("\n", "").isprintable():
        raise _refused(option, "There is a character in it that can't be seen; write it again without.")
    return text


def _address(option: Option, typed: str) -> str:
    if not typed:
        return ""
    try:
        return EmailAddress.parse(typed).wire
    except Invalid as error:
        raise _refused(option, error.problems[0].message) from error


def _number(option: Option, typed: str) -> int:
    plain = typed.replace(",", "").replace("\u202f", "").replace(" ", "")
    if not (_NUMBER.fullmatch(plain) and option.least <= int(plain) <= option.most):
        raise _refused(option, f"Write a whole number from {option.least:,} to {option.most:,}.")
    return int(plain)


def _switch(option: Option, typed: str) -> bool:
    del option
    return typed == _YES


def _choice(option: Option, typed: str) -> str:
    if typed not in option.choices:
        raise _refused(option, "Choose one of these.")
    return typed


_READERS: dict[Kind, Callable[[Option, str], Any]] = {
    Kind.LINE: _line,
    Kind.LINES: _lines,
    Kind.ADDRESS: _address,
    Kind.NUMBER: _number,
    Kind.SWITCH: _switch,
    Kind.CHOICE: _choice,
}
