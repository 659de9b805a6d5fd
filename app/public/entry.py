"""The sign-up form as a value: what it offers, what somebody typed into it, what is wrong with that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.db import db
from app.errors import Invalid, Problem
from app.mail.address import EmailAddress
from app.models import Topic
from app.public.form_pass import NO_PASS, FormPass
from app.public.language import page_language, translated
from app.services import consent, preferences, topics
from app.services.guard import receiving, spelling
from app.services.signup import Ask
from app.settings import Settings
from app.web.installation import installation

TRAP = "remarks"
"""A field that no person sees and that many robots fill in."""
SPELLING = "spelling"
"""The button by which somebody says how their address is spelt; with an empty value they go back to the form."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the form shows: topics and languages to choose from, the words of consent and their version."""

    topics: Sequence[Topic]
    languages: Sequence[str]
    consent: str
    consent_version: str

    @classmethod
    def now(cls) -> "Offer":
        """The offer as it stands at this moment."""
        settings = installation().settings
        words = consent.wording(settings, page_language())
        version = consent.version(words, page_language())
        return cls(topics.public(db.session()), settings.languages, words, version)


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody typed, kept as it was, and what is wrong with it; `meant` is an address that they may have meant.

    `ask` is what it says if nothing is wrong, `is_trapped` whether a robot filled it in.
    """

    email: str = ""
    topics: Sequence[str] = ()
    language: str = ""
    problems: Sequence[Problem] = ()
    form_pass: FormPass = NO_PASS
    meant: str = ""
    is_reopened: bool = False
    ask: Ask | None = None
    is_trapped: bool = False

    @classmethod
    def blank(cls, settings: Settings) -> "Entry":
        """A form that nobody has filled in; `?topic=` chooses beforehand."""
        language = preferences.language_or_default(settings, page_language())
        return cls("", request.args.getlist("topic"), language, form_pass=FormPass.fresh())

    @classmethod
    def typed(cls, values: MultiDict[str, str], form_pass: FormPass, problems: Sequence[Problem] = ()) -> "Entry":
        """What a request carries."""
        email = values.get(SPELLING) or values.get("email", "")
        is_reopened = values.get(SPELLING) == ""
        chosen, language = values.getlist("topic"), values.get("language", "")
        return cls(email, chosen, language, problems, form_pass, is_reopened=is_reopened)

    def problem(self, field: str) -> str:
        """The first thing that is wrong with a field, or an empty text."""
        return next((problem.message for problem in self.problems if problem.field == field), "")


def read(offer: Offer, values: MultiDict[str, str], form_pass: FormPass) -> Entry:
    """Read a filled-in form. What it says of an address depends on the domain alone, never on who is known here."""
    entry = Entry.typed(values, form_pass)
    if form_pass.problem is not None or entry.is_reopened:
        return replace(entry, problems=[form_pass.problem] if form_pass.problem is not None else [])
    address, problems = _address(entry.email)
    chosen = [topic for topic in offer.topics if len(offer.topics) == 1 or topic.slug in set(entry.topics)]
    if not chosen:
        problems.append(Problem(_("Choose at least one topic."), field="topics"))
    settings = installation().settings
    read_in = consent.shown(settings, values.get("consent_version", ""))
    if read_in is None:
        problems.append(
            Problem(_("What you agree to has been reworded. Please read it below and press the button again."))
        )
    if address is None or read_in is None or problems:
        return replace(entry, problems=problems)
    if values.get(TRAP):
        return replace(entry, is_trapped=True)
    if SPELLING not in values and (meant := spelling.meant(address)):
        return replace(entry, meant=meant)
    if not receiving.can_receive(address.domain, settings):
        pattern = _("No mail can be sent to “%(domain)s”. Please look at what stands after the @ sign.")
        words = pattern % {"domain": address.domain}
        return replace(entry, problems=[Problem(words, field="email")])
    language = preferences.language_or_default(settings, entry.language)
    return replace(entry, ask=Ask(address, chosen, language, read_in))


def _address(typed: str) -> tuple[EmailAddress | None, list[Problem]]:
    try:
        return EmailAddress.parse(typed), []
    except Invalid as error:
        return None, list(translated(error.problems))
