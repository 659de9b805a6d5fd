"""How long things are kept, in days and as moments before which they are old."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from app.services.site import Site
from app.settings import Settings

NETWORK_DAYS = 30
IMPORT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Periods:
    """How old each may get.

    `requests` are sign-ups that nobody confirmed, `deliveries` single messages with their readers, `replies` the words
    of mail servers and whole reports, `networks` what the consent log says of where a step came from, `imports` files
    and lines of imports, `sessions` sign-ins of staff that have ended.
    """

    requests: timedelta
    deliveries: timedelta
    replies: timedelta
    sessions: timedelta
    networks: timedelta = timedelta(days=NETWORK_DAYS)
    imports: timedelta = timedelta(days=IMPORT_DAYS)

    @classmethod
    def of(cls, site: Site, settings: Settings) -> Self:
        """Those of an installation, as staff have set them."""
        return cls(
            requests=timedelta(days=site.keep_requests_days),
            deliveries=timedelta(days=site.keep_deliveries_days),
            replies=timedelta(days=site.keep_replies_days),
            sessions=timedelta(days=settings.session_days),
        )
