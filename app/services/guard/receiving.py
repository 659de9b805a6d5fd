"""Whether a domain can receive mail at all, asked of DNS shortly; who can't be asked is believed."""

import hashlib
from contextlib import suppress

from app.services.doctor.lookup import Dns, Unanswered
from app.services.short_memory import recall, remember
from app.settings import Settings

SECONDS = 2.0
_KEEP_ANSWER, _KEEP_SILENCE = 3600, 120


def can_receive(domain: str, settings: Settings, dns: Dns | None = None) -> bool:
    """Whether there is a mail server for a domain (RFC 5321 section 5.1): an MX that isn't null (RFC 7505), or a host.

    Only asked in production, because elsewhere mail goes nowhere; and not if the settings say so.
    """
    if settings.environment != "production" or not settings.signup_limits.dns:
        return True
    key = f"receives:{hashlib.sha256(domain.encode()).hexdigest()[:32]}"
    kept = recall(settings, key)
    if kept is None:
        kept, seconds = _ask(domain, dns or Dns(seconds=SECONDS / 2))
        remember(settings, key, kept, seconds=seconds)
    return bool(kept)


def _ask(domain: str, dns: Dns) -> tuple[bool, int]:
    """What DNS says, and how long to remember it."""
    with suppress(Unanswered):
        servers = dns.mail_servers(domain)
        return any(servers) if servers else bool(dns.addresses(domain)), _KEEP_ANSWER
    return True, _KEEP_SILENCE
