"""How a letter to staff moves; what happens to it has the same names as with a delivery."""

from app.models.delivery_states import DeliveryEvent
from app.models.letter import LetterState
from app.models.machine import Machine

QUEUED, SENDING, SENT, FAILED, UNKNOWN = LetterState

LETTER = Machine(
    "letter",
    {
        (QUEUED, DeliveryEvent.CLAIM): SENDING,
        (SENDING, DeliveryEvent.ACCEPTED): SENT,
        (SENDING, DeliveryEvent.DEFERRED): QUEUED,
        (SENDING, DeliveryEvent.REFUSED): FAILED,
        (SENDING, DeliveryEvent.GIVE_UP): FAILED,
        # claimed, but nothing of it reached the relay
        (SENDING, DeliveryEvent.RELEASE): QUEUED,
        # it may have arrived; whoever misses it asks for another one, and its bytes are forgotten
        (SENDING, DeliveryEvent.UNKNOWN): UNKNOWN,
        # the lease ran out, and then the process that held it answered after all
        (UNKNOWN, DeliveryEvent.ACCEPTED): SENT,
        (UNKNOWN, DeliveryEvent.REFUSED): FAILED,
        (UNKNOWN, DeliveryEvent.GIVE_UP): FAILED,
    },
)
