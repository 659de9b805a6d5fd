"""How one person's standing with one topic changes."""

from enum import StrEnum

from app.models.machine import Machine
from app.models.subscriber import SubscriptionState

PENDING, CONFIRMED, UNSUBSCRIBED = SubscriptionState


class SubscriptionEvent(StrEnum):
    """What happens to a subscription."""

    REQUEST = "request"
    CONFIRM = "confirm"
    CHOOSE = "choose"
    LEAVE = "leave"


SUBSCRIPTION = Machine(
    "subscription",
    {
        (PENDING, SubscriptionEvent.REQUEST): PENDING,
        (PENDING, SubscriptionEvent.CONFIRM): CONFIRMED,
        (PENDING, SubscriptionEvent.CHOOSE): CONFIRMED,
        (PENDING, SubscriptionEvent.LEAVE): UNSUBSCRIBED,
        # asking again for what one has changes nothing, and never takes it away
        (CONFIRMED, SubscriptionEvent.REQUEST): CONFIRMED,
        (CONFIRMED, SubscriptionEvent.CONFIRM): CONFIRMED,
        (CONFIRMED, SubscriptionEvent.CHOOSE): CONFIRMED,
        (CONFIRMED, SubscriptionEvent.LEAVE): UNSUBSCRIBED,
        (UNSUBSCRIBED, SubscriptionEvent.REQUEST): PENDING,
        (UNSUBSCRIBED, SubscriptionEvent.CHOOSE): CONFIRMED,
        (UNSUBSCRIBED, SubscriptionEvent.LEAVE): UNSUBSCRIBED,
        # no row for (UNSUBSCRIBED, CONFIRM): an old link doesn't bring back somebody who left
    },
)
