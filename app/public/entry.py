"""The sign-up form as a value: what it offers, what somebody typed into it, what is wrong with that."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic, sleep

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.db import db
from app.errors import Expired, Invalid, NotFound, Problem
from app.mail.address import EmailAddress
from app.models import Topic
from app.public.language import page_language, translated
from app.services import consent, preferences, signup, topics
from app.services.consent import Origin
from app.services.signup import Ask
from app.settings import Settings
from app.tokens import Purpose
from app.web.installation import installation

TRAP = "remarks"
"""A field that no person sees and that many robots fill in."""
SAME_TIME = 0.05
"""Seconds that taking a form lasts at least, so that the time tells nothing about the address either."""
_FORM = "sign-up"


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
    """What somebody typed, kept as it was, and what is wrong with it."""

    email: str = ""
    topics: Sequence[str] = ()
    language: str = ""
    problems: Sequence[Problem] = ()

    @classmethod
    def blank(cls, settings: Settings) -> "Entry":
        """A form that nobody has filled in; `?topic=` chooses beforehand."""
        return cls("", request.args.getlist("topic"), preferences.language_or_default(settings, page_language()))

    @classmethod
    def typed(cls, values: MultiDict[str, str], problems: Sequence[Problem] = ()) -> "Entry":
        """What a request carries."""
        return cls(values.get("email", ""), values.getlist("topic"), values.get("language", ""), problems)

    def problem(self, field: str) -> str:
        """The first thing that is wrong with a field, or an empty text."""
        return next((problem.message for problem in self.problems if problem.field == field), "")


def fresh_token() -> str:
    """What the form carries to show that it was fetched from here a short time ago."""
    return installation().tokens.make(Purpose.FORM, _FORM)


def token_problems(values: MultiDict[str, str]) -> list[Problem]:
    """What is wrong with the form's token, in words for somebody who did nothing wrong."""
    try:
        installation().tokens.read(Purpose.FORM, values.get("form_token", ""), (str,))
    except (Expired, NotFound):
        return [Problem(_("This page had been open for a long time. Please press the button again."))]
    return []


def sign_up(offer: Offer, values: MultiDict[str, str], origin: Origin) -> Sequence[Problem]:
    """Act on a filled-in form; gives what is wrong with it, or nothing once the request is recorded.

    Who falls into the trap is told the same as everybody, and nothing is recorded.
    """
    began = monotonic()
    problems: list[Problem] = []
    address = None
    try:
        address = EmailAddress.parse(values.get("email", ""))
    except Invalid as error:
        problems += translated(error.problems)
    wanted = set(values.getlist("topic"))
    chosen = [topic for topic in offer.topics if len(offer.topics) == 1 or topic.slug in wanted]
    if not chosen:
        problems.append(Problem(_("Choose at least one topic."), field="topics"))
    settings = installation().settings
    read_in = consent.shown(settings, values.get("consent_version", ""))
    if read_in is None:
        problems.append(
            Problem(_("What you agree to has been reworded. Please read it below and press the button again."))
        )
    if address is None or read_in is None or problems:
        return problems
    if not values.get(TRAP):
        language = preferences.language_or_default(settings, values.get("language"))
        ask = Ask(address, chosen, language, read_in)
        signup.request(db.session(), ask, origin, settings=settings, now=installation().now())
        db.session.commit()
    sleep(max(0.0, began + SAME_TIME - monotonic()))
    return []
