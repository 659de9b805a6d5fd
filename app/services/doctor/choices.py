"""What the installation has decided, where it could be decided better."""

from collections.abc import Iterator

from app.services.doctor.diagnosis import Diagnosis, ok, remark, warn
from app.settings import Settings, mailbox

_PART = "Settings"


def examine(settings: Settings) -> Iterator[Diagnosis]:
    """They were read, so each is right by itself; this is about what they mean together."""
    yield ok(_PART, "All could be read.")
    if settings.environment != "production":
        words = f"COMMUNIQUE_ENVIRONMENT is {settings.environment}: /dev/inbox may be open, and weak keys are taken."
        yield warn(_PART, words, "Set it to production before real people sign up.", "environment")
    if mailbox(settings.statements_from).domain.lower() == mailbox(settings.service_from).domain.lower():
        words = "Statements and service mails come from one domain; trouble with the one spoils the other's name."
        yield remark(_PART, words, "Give COMMUNIQUE_SERVICE_FROM a domain of its own, such as mail.example.org.")
    if not settings.privacy_url:
        yield remark(_PART, "There is no privacy notice of your own (COMMUNIQUE_PRIVACY_URL).", "Most laws want one.")
    if not settings.trusted_proxies and settings.is_secure:
        words = "The service has an https address, but COMMUNIQUE_TRUSTED_PROXIES says that no proxy stands before it."
        yield warn(
            _PART, words, "Set it to 1 if one reverse proxy ends TLS; else limits count all readers as one.", "proxies"
        )
