"""Whether bounces and complaints reach the service: by its listener, or from a mailbox. Nothing is fetched."""

import smtplib
import ssl
from collections.abc import Iterator

from imap_tools import MailboxLoginError

from app.intake_address import ListenAddress, Mailbox
from app.services.bounce_mailbox import TROUBLE, opened
from app.services.doctor.diagnosis import Diagnosis, fail, ok, warn
from app.settings import Settings

_PART = "Bounces"
_PATIENCE, _WELL = 5.0, 250
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def examine(settings: Settings, *, context: ssl.SSLContext | None = None) -> Iterator[Diagnosis]:
    """Each way that the settings name; `context` says whom TLS trusts."""
    if not settings.hears_answers:
        words = "Nothing takes in bounces and complaints, so addresses that are gone are written to again and again."
        mend = "Set COMMUNIQUE_INTAKE_LISTEN or COMMUNIQUE_INTAKE_MAILBOX; or pipe them into communique intake."
        yield warn(_PART, words, mend, "deaf")
    if settings.intake_listen:
        yield _listener(ListenAddress.parse(settings.intake_listen))
    if settings.intake_mailbox:
        yield _mailbox(Mailbox.parse(settings.intake_mailbox), context or ssl.create_default_context())


def listens(address: ListenAddress) -> bool:
    """Whether the listener greets as it should. Raises OSError where nobody answers."""
    client = smtplib.LMTP if address.protocol == "lmtp" else smtplib.SMTP
    with client(_ANYWHERE.get(address.host, address.host), address.port, timeout=_PATIENCE) as line:
        return line.noop()[0] == _WELL


def _listener(address: ListenAddress) -> Diagnosis:
    try:
        is_well = listens(address)
    except (OSError, smtplib.SMTPException) as error:
        words = f"Nobody answers at {address}: {error}."
        return fail(
            _PART, words, "Start the listener: communique up does, or communique run listener.", "listener-away"
        )
    if not is_well:
        return fail(
            _PART, f"Somebody else answers at {address}.", "Give the listener a port of its own.", "listener-away"
        )
    return ok(_PART, f"The listener waits at {address}.")


def _mailbox(mailbox: Mailbox, context: ssl.SSLContext) -> Diagnosis:
    try:
        with opened(mailbox, context, _PATIENCE) as box:
            box.login(mailbox.user, mailbox.password, mailbox.folder)
        return ok(_PART, f"The mailbox {mailbox} can be opened.")
    except MailboxLoginError:
        words = f"The mailbox {mailbox} refuses the login."
        return fail(_PART, words, "Correct name and password in COMMUNIQUE_INTAKE_MAILBOX.", "mailbox-login")
    except TROUBLE as error:
        words = f"The mailbox {mailbox} can't be opened: {error}."
        return fail(_PART, words, "Correct COMMUNIQUE_INTAKE_MAILBOX, or ask whoever runs that server.", "mailbox-away")
