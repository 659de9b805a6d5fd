"""What is done on the command line stands in the audit log like everything else."""

from typing import Any

from sqlalchemy.orm import Session

from app.clock import utc_now
from app.models import Campaign
from app.services import audit
from app.services.audit import Actor, Thing

_ACTOR = Actor("command line")


def note(session: Session, action: str, campaign: Campaign, **details: Any) -> None:
    """Write down what is being done with a campaign, in the transaction that does it."""
    thing = Thing("campaign", str(campaign.public_id), campaign.subject)
    audit.record(session, _ACTOR, action, thing, now=utc_now(), details=details)
