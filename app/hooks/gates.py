"""Which services may call, and what stands at the gate of each."""

from collections.abc import Mapping

from app.hook_settings import load_verification_key
from app.hooks.calls import Gate
from app.hooks.fetching import Fetch, fetch
from app.hooks.mailgun import Mailgun
from app.hooks.password import Password
from app.hooks.sendgrid import SendGrid
from app.hooks.ses import Ses
from app.models import ReportSource
from app.settings import Settings


def gates_of(settings: Settings, fetch: Fetch = fetch) -> Mapping[str, Gate]:
    """A gate for each service that the settings name; `fetch` is the way out to Amazon."""
    gates: dict[str, Gate] = {}
    if settings.hook_ses:
        gates[ReportSource.SES] = Ses(settings.hook_ses, fetch)
    if settings.hook_sendgrid:
        gates[ReportSource.SENDGRID] = SendGrid(load_verification_key(settings.hook_sendgrid))
    if mailgun := settings.hook_mailgun.get_secret_value():
        gates[ReportSource.MAILGUN] = Mailgun(mailgun)
    for source, secret in ((ReportSource.POSTMARK, settings.hook_postmark), (ReportSource.BREVO, settings.hook_brevo)):
        if secret.get_secret_value():
            gates[source] = Password(secret.get_secret_value())
    return gates
