"""How many mails an address gets that its owner doesn't answer, whoever asks for them; the ledger counts them."""

from datetime import timedelta

from app.services.deliveries import Pace
from app.settings import Settings

_DAY, _MONTH = timedelta(days=1), timedelta(days=30)


def pace(settings: Settings) -> Pace:
    """So many a day and a month, as the installation has it; a day's are spread over it."""
    limits = settings.signup_limits
    return Pace(_DAY / limits.address_day, limits.address_month, _MONTH)
