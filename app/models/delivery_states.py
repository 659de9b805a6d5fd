"""How one message moves through the ledger."""

from enum import StrEnum

from app.models.delivery import DeliveryState
from app.models.machine import Machine

QUEUED, SENDING, SENT, DEFERRED, UNKNOWN, BOUNCED, FAILED, COMPLAINED, SKIPPED = DeliveryState


class DeliveryEvent(StrEnum):
    """What happens to a delivery; the first four are the outcomes of a handover."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    CLAIM = "claim"
    SKIP = "skip"
    RELEASE = "release"
    GIVE_UP = "give_up"
    RESEND = "resend"
    BOUNCE = "bounce"
    COMPLAIN = "complain"


DELIVERY = Machine(
    "delivery",
    {
        (QUEUED, DeliveryEvent.CLAIM): SENDING,
        (DEFERRED, DeliveryEvent.CLAIM): SENDING,
        (QUEUED, DeliveryEvent.SKIP): SKIPPED,
        (DEFERRED, DeliveryEvent.SKIP): SKIPPED,
        # it was to be sent once more, and its reader has left or its campaign is cancelled: it may have arrived before
        (QUEUED, DeliveryEvent.UNKNOWN): UNKNOWN,
        (DEFERRED, DeliveryEvent.UNKNOWN): UNKNOWN,
        (SENDING, DeliveryEvent.ACCEPTED): SENT,
        (SENDING, DeliveryEvent.DEFERRED): DEFERRED,
        (SENDING, DeliveryEvent.REFUSED): FAILED,
        (SENDING, DeliveryEvent.GIVE_UP): FAILED,
        # the line went dead after the final dot, or the process died there
        (SENDING, DeliveryEvent.UNKNOWN): UNKNOWN,
        # claimed, but nothing of it reached the relay
        (SENDING, DeliveryEvent.RELEASE): QUEUED,
        # a lease ran out, and then the process that held it answered after all
        (UNKNOWN, DeliveryEvent.ACCEPTED): SENT,
        (UNKNOWN, DeliveryEvent.REFUSED): FAILED,
        (UNKNOWN, DeliveryEvent.DEFERRED): DEFERRED,
        (UNKNOWN, DeliveryEvent.GIVE_UP): FAILED,
        # its journal turned up late, and says how it was
        (UNKNOWN, DeliveryEvent.UNKNOWN): UNKNOWN,
        (UNKNOWN, DeliveryEvent.RELEASE): QUEUED,
        # nobody will ever know, and a second copy with the same bytes is better than none: at most once
        (UNKNOWN, DeliveryEvent.RESEND): QUEUED,
        # it came back: so it had been taken, whatever we know of that
        **{(state, DeliveryEvent.BOUNCE): BOUNCED for state in (QUEUED, SENDING, DEFERRED, SENT, UNKNOWN)},
        **{
            (state, DeliveryEvent.COMPLAIN): COMPLAINED for state in (QUEUED, SENDING, DEFERRED, SENT, UNKNOWN, BOUNCED)
        },
    },
)
