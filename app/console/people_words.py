"""What is said of people: where they stand, what they did, why they must not be written to."""

from flask import Flask
from flask_babel import gettext as _
from flask_babel import ngettext

from app.models import ConsentEvent, ConsentKind, DeliveryKind, SubscriptionState, SuppressionReason
from app.services import leaving_reasons
from app.services.consent import BY_STAFF, was_noted_by_staff
from app.services.leaving_reasons import LeavingReason
from app.services.reports import FORGOTTEN
from app.services.subscriber_search import COUNTED


def subscription_words(state: SubscriptionState) -> tuple[str, str]:
    """Where somebody stands with a topic, and the colour of its tag."""
    return {
        SubscriptionState.PENDING: (_("Not confirmed yet"), "warning"),
        SubscriptionState.CONFIRMED: (_("Confirmed"), "success"),
        SubscriptionState.UNSUBSCRIBED: (_("Left"), ""),
    }[state]


def suppression_words(reason: SuppressionReason) -> tuple[str, str]:
    """Why an address must not be written to, in short and at length."""
    return {
        SuppressionReason.HARD: (
            _("No such mailbox"),
            _("A mail server said for good that there is no such mailbox."),
        ),
        SuppressionReason.INACTIVE: (
            _("Mailbox closed"),
            _("A mail server said that the mailbox is closed, or that nobody looks at it any more."),
        ),
        SuppressionReason.SOFT_LIMIT: (
            _("Refused too often"),
            _("Mail to this address could not be delivered again and again, over a long time."),
        ),
        SuppressionReason.COMPLAINT: (
            _("Complained"),
            _("They marked our mail as unwanted. Nobody may write to them, whatever they subscribed to before."),
        ),
        SuppressionReason.UNSUBSCRIBED: (
            _("Left everything"),
            _("They left all topics. As soon as they sign up again and confirm it, this ends by itself."),
        ),
        SuppressionReason.REFUSED: (
            _("Does not want our mail"),
            _("They pressed “This wasn't me” in a confirmation mail, so that nobody signs them up again."),
        ),
        SuppressionReason.ERASED: (
            _("Erased"),
            _("Their data was erased at their request. As soon as they sign up again and confirm it, this ends."),
        ),
        SuppressionReason.ADMIN: (_("Blocked"), _("Staff decided that nothing is sent to this address.")),
    }[reason]


def consent_words(kind: ConsentKind) -> str:
    """What somebody did; the topics follow."""
    return str(
        {
            ConsentKind.REQUESTED: _("Asked for it"),
            ConsentKind.CONFIRMED: _("Confirmed it"),
            ConsentKind.CHANGED: _("Chose these"),
            ConsentKind.WITHDRAWN: _("Left"),
            ConsentKind.REFUSED: _("Said that it wasn't them"),
            ConsentKind.IMPORTED: _("Was brought in from another list"),
            ConsentKind.ERASED: _("Was erased"),
        }[kind]
    )


def reason_words(event: ConsentEvent) -> str:
    """What somebody said when they left: the choice, and their own words if there are any."""
    choice, words = leaving_reasons.parted(event.detail)
    if choice is None:
        return words
    chosen = {
        LeavingReason.TOO_MANY: _("too many mails"),
        LeavingReason.NOT_FOR_ME: _("not of interest to them"),
        LeavingReason.HARD_TO_READ: _("hard to read or to use"),
        LeavingReason.NEVER_ASKED: _("they never asked for them"),
        LeavingReason.OTHER: _("another reason"),
    }[choice]
    return f"{chosen}: “{words}”" if words else str(chosen)


def source_words(source: str) -> str:
    """Where a step was taken: the form or link, or what staff noted."""
    if was_noted_by_staff(source):
        why = source.removeprefix(BY_STAFF).removeprefix(": ")
        return str(_("noted by staff: %(words)s", words=why) if why else _("noted by staff"))
    words = {
        "/subscribe": _("the sign-up form"),
        "/embed": _("the form on another site"),
        "/c": _("the link in the confirmation mail"),
        "/n": _("the link “This wasn't me”"),
        "/p": _("their own page of preferences"),
        "/a": _("the link that confirms a new address"),
        "/u": _("the unsubscribe link of a mail"),
    }
    return str(words.get(source, source))


def mail_words(kind: DeliveryKind) -> str:
    """Which mail it is, if it isn't a statement."""
    return str(
        {
            DeliveryKind.STATEMENT: _("Statement"),
            DeliveryKind.CONFIRMATION: _("Please confirm your subscription"),
            DeliveryKind.ALREADY_SUBSCRIBED: _("You are already subscribed"),
            DeliveryKind.PREFERENCES_LINK: _("Link to their preferences"),
            DeliveryKind.ADDRESS_CHANGE: _("Please confirm your new address"),
            DeliveryKind.ADDRESS_CHANGED: _("Your address was changed"),
        }[kind]
    )


def provider_words(provider: str) -> str:
    """A mailbox provider by its name; that of readers of whom nothing is kept has none."""
    return str(_("not known any more")) if provider == FORGOTTEN else provider


def counted_words(number: int) -> str:
    """How many people were found."""
    if number == COUNTED + 1:
        return str(_("More than %(number)s people", number=f"{COUNTED:,}"))
    return str(ngettext("%(number)s person", "%(number)s people", number, number=f"{number:,}"))


def install(app: Flask) -> None:
    """Let the console's templates say them."""
    app.jinja_env.filters.update(
        subscription_words=subscription_words,
        suppression_words=suppression_words,
        consent_words=consent_words,
        reason_words=reason_words,
        source_words=source_words,
        mail_words=mail_words,
        provider_words=provider_words,
    )
