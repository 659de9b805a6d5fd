"""How a campaign moves. Only `sending` lets workers claim, so pausing and cancelling act at the next claim."""

from enum import StrEnum

from app.models.campaign import CampaignState
from app.models.machine import Machine

DRAFT, IN_REVIEW, APPROVED, SCHEDULED, SENDING, PAUSED, SENT, CANCELLED = CampaignState


class CampaignEvent(StrEnum):
    """What happens to a campaign."""

    EDIT = "edit"
    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    SEND = "send"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
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
        # what was approved is what is sent: whoever changes it hands it in again
        **{(state, CampaignEvent.EDIT): DRAFT for state in (DRAFT, IN_REVIEW, APPROVED)},
        (DRAFT, CampaignEvent.SUBMIT): IN_REVIEW,
        # its statement was changed after it was approved
        (APPROVED, CampaignEvent.SUBMIT): IN_REVIEW,
        (IN_REVIEW, CampaignEvent.APPROVE): APPROVED,
        (IN_REVIEW, CampaignEvent.RETURN): DRAFT,
        (APPROVED, CampaignEvent.RETURN): DRAFT,
        (APPROVED, CampaignEvent.SEND): SENDING,
        (APPROVED, CampaignEvent.SCHEDULE): SCHEDULED,
        (SCHEDULED, CampaignEvent.UNSCHEDULE): APPROVED,
        (SCHEDULED, CampaignEvent.START): SENDING,
        # its time went by while the service didn't run, or it may not go any more: staff decide
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
