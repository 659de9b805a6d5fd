"""The settings page in words: what each setting is called, what it does, and how a value of it reads."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app.console.audit_words import value_words
from app.mail.language import Language
from app.services.site_options import FOOTER, Section


def section_words(section: Section) -> tuple[str, str]:
    """A section's heading, and a sentence about it."""
    return {
        Section.SENDER: (
            _("Sender and footer"),
            _("What readers see of you in each statement that is sent from now on."),
        ),
        Section.SENDING: (_("Sending"), _("What stands between writing and sending.")),
        Section.LIMITS: (
            _("How fast mail leaves"),
            _("Through each relay, for what begins or goes on from now on. 0: as the installation has it."),
        ),
        Section.SIGNUP: (
            _("Signing up"),
            _("What the sign-up form does when far more people than usual seem to sign up."),
        ),
        Section.ACCOUNTS: (_("Accounts"), _("How staff prove who they are.")),
        Section.RETENTION: (
            _("How long data are kept"),
            _("Kept here as your decision; nothing is deleted by itself yet."),
        ),
    }[section]


def option_words(name: str) -> tuple[str, str]:
    """A setting's label, and what it does."""
    if name.startswith(FOOTER):
        language = name.removeprefix(FOOTER)
        return (
            _("Footer in %(language)s", language=Language.of(language).name),
            _("A sentence at the foot of statements in this language, such as a tax note. Empty: none."),
        )
    return _table()[name]


def _table() -> dict[str, tuple[str, str]]:
    return {
        "sender_name": (_("Name of the sender"), _("Stands before the address in the reader's inbox.")),
        "reply_to": (_("Address for answers"), _("Where readers' answers go. Empty: to the contact address.")),
        "four_eyes": (
            _("Four eyes: nobody approves their own campaign"),
            _("Whoever handed a campaign in, or changed it last, can't approve it."),
        ),
        "confirm_above": (
            _("Ask for the number of people above"),
            _("Whoever sends to more people than this types their number first."),
        ),
        "undo_seconds": (
            _("Seconds to undo"),
            _("How long sending can be taken back before the first mail leaves. 0: not at all."),
        ),
        "unknown": (
            _("Mail of which nobody knows whether it arrived"),
            _("The line broke before the mail server answered. A campaign may decide otherwise."),
        ),
        "unknown_after_minutes": (
            _("Minutes before it is sent once more"),
            _("Only where such mail is sent once more."),
        ),
        "most_per_second": (_("At most in a second"), _("Confirmations are kept a place.")),
        "most_per_hour": (_("At most in an hour"), _("What is more waits for the next hour.")),
        "most_per_day": (_("At most in a day"), _("What is more waits for the next day.")),
        "signup_guard": (
            _("Guard against robots"),
            _(
                "While it is on, browsers have a second's work to do unseen. Whoever has no JavaScript gets the "
                "confirmation half an hour later or more."
            ),
        ),
        "require_second_factor": (
            _("Everybody needs a second factor"),
            _("Whoever has none is led to set one up before anything else."),
        ),
        "keep_requests_days": (
            _("Days for sign-ups that nobody confirmed"),
            _("A confirmation link works for three days."),
        ),
        "keep_deliveries_days": (
            _("Days for who got which statement"),
            _("Afterwards only the numbers are kept."),
        ),
        "keep_replies_days": (
            _("Days for the words of mail servers"),
            _("They can hold addresses of readers."),
        ),
    }


def choice_words(name: str, choice: str) -> str:
    """One of the values that can be chosen."""
    words: dict[tuple[str, str], str] = {
        ("unknown", "resend"): _("Send it once more after a while"),
        ("unknown", "hold"): _("Never send it again"),
        ("signup_guard", "auto"): _("By itself, when the form is under attack"),
        ("signup_guard", "on"): _("Always on"),
        ("signup_guard", "off"): _("Never on"),
    }
    return words.get((name, choice), choice)


def setting_value_words(name: str, value: Any) -> str:
    """A value as a sentence holds it."""
    return choice_words(name, value) if name in {"unknown", "signup_guard"} else value_words(value)


def saved_words(number: int) -> str:
    """That so many settings were changed."""
    return str(ngettext("%(num)s setting is changed.", "%(num)s settings are changed.", number))
