"""What an installation needs for its mail to arrive, looked at from outside: servers, relays, DNS, the public address.

Nothing is changed and nothing is sent. `communique doctor` shows all of it; the preflight of a campaign asks the parts
that concern it.
"""

import ssl
from collections.abc import Iterator
from datetime import datetime

from app.services.doctor import choices, public_site, relays, sender_domain, servers, way_back
from app.services.doctor.diagnosis import Diagnosis
from app.services.doctor.lookup import Dns
from app.settings import Settings

__all__ = ["Diagnosis", "Dns", "examine"]


def examine(
    settings: Settings, *, now: datetime, dns: Dns | None = None, context: ssl.SSLContext | None = None
) -> Iterator[Diagnosis]:
    """Everything, part after part, as it is found out; `context` says whom TLS trusts. Never raises."""
    yield from choices.examine(settings)
    yield from servers.examine_database(settings)
    yield from servers.examine_redis(settings)
    yield from servers.examine_workers(settings, now=now)
    for relay in settings.relays:
        yield from relays.examine(relay, settings.ehlo_name, now=now, context=context)
    yield from sender_domain.examine(settings, dns)
    yield from way_back.examine(settings, context=context)
    yield from public_site.examine(settings, context=context)
