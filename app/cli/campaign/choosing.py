"""Which campaign a command means: the one that is named, else the only one that it can mean."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound
from app.models import Campaign
from app.models.campaign_states import CAMPAIGN, CampaignEvent
from app.services import campaigns


def named_or_newest(session: Session, public_id: UUID | None) -> Campaign:
    """The campaign named, else the newest. Raises NotFound."""
    if public_id is not None:
        return campaigns.get(session, public_id)
    newest = campaigns.newest(session, limit=1)
    if not newest:
        raise NotFound("There is no campaign yet. Send a published statement: communique campaign send SLUG")
    return newest[0]


def named_or_only(session: Session, public_id: UUID | None, event: CampaignEvent, verb: str = "") -> Campaign:
    """The campaign named, else the only one with which this can be done; Conflict if there are several, or none."""
    if public_id is not None:
        return campaigns.get(session, public_id)
    going = [found for found in campaigns.under_way(session) if CAMPAIGN.allows(found.state, event)]
    if not going:
        raise Conflict(f"There is no campaign to {verb or event} now.")
    if len(going) > 1:
        lines = [f"  {found.public_id}  {found.state.value:10} {found.subject}" for found in going]
        raise Conflict("\n".join(["There are several. Say which one:", *lines]))
    return going[0]
