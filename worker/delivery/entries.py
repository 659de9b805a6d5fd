"""From an outcome to what the ledger records: the state table, and the time of the next try."""

import random
from datetime import datetime

from app.models.delivery_states import DELIVERY, DeliveryEvent
from worker.delivery import retry
from worker.delivery.ledger import Claim, Entry, Held
from worker.delivery.outcome import Outcome

_chance = random.SystemRandom()


def entry_of(row: Claim | Held, outcome: Outcome, now: datetime) -> Entry:
    """Say what becomes of a row after this outcome; a deferred one is given up when its time is over."""
    event, moment = outcome.event, None
    if event is DeliveryEvent.DEFERRED:
        moment = retry.next_attempt(row.kind, row.attempts, row.created_at, now, _chance)
        event = event if moment else DeliveryEvent.GIVE_UP
    return Entry(row.delivery_id, DELIVERY.after(row.state, event), outcome, moment)
