"""How a campaign moves. Only `sending` lets workers claim, so pausing and cancelling act at the next claim."""

from enum import StrEnum

from app.models.campaign import CampaignState
from app.models.machine import Machine

DRAFT, IN_REVIEW, APPROVED, SCHEDULED, SENDING, PAUSED, SENT, CANCELLED = CampaignState


class CampaignEvent(StrEnum):
    """What happens to a campaign."""

    SEND = "send"
    SCHEDULE = "schedule"
    START = "start"
    MISS = "miss"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    FINISH = "finish"
    REOPEN = "reopen"


CAMPAIGN = Machine(
    "campaign",
    {
        (DRAFT, CampaignEvent.SEND): SENDING,
        (APPROVED, CampaignEvent.SEND): SENDING,
        (DRAFT, CampaignEvent.SCHEDULE): SCHEDULED,
        (APPROVED, CampaignEvent.SCHEDULE): SCHEDULED,
        (SCHEDULED, CampaignEvent.START): SENDING,
        # its time went by while the service didn't run: staff decide
        (SCHEDULED, CampaignEvent.MISS): PAUSED,
        (SENDING, CampaignEvent.PAUSE): PAUSED,
        (PAUSED, CampaignEvent.RESUME): SENDING,
        (SENDING, CampaignEvent.FINISH): SENT,
        # the last message was already with the relay when somebody pressed Pause
        (PAUSED, CampaignEvent.FINISH): SENT,
        # a journal that turned up late gave rows back
        (SENT, CampaignEvent.REOPEN): SENDING,
        **{
            (state, CampaignEvent.CANCEL): CANCELLED
            for state in (DRAFT, IN_REVIEW, APPROVED, SCHEDULED, SENDING, PAUSED)
        },
    },
)
