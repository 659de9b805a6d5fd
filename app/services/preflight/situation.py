"""A campaign before it is sent, as its checks see it: its mails, its people, and the world around."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.models import Campaign
from app.services.audience import Audience
from app.services.editions import Press
from app.services.preflight.outside import Outside
from app.services.preflight.reading import Reading


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that the checks may ask. `people` is how many would get it if it were sent now."""

    session: Session
    press: Press
    campaign: Campaign
    readings: Sequence[Reading]
    whom: Audience
    people: int
    content_hash: bytes
    outside: Outside
    now: datetime
