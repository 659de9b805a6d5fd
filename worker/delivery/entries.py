"""From an outcome to what the ledger records: the state table, the kind of reply, and the time of the next try."""

from datetime import datetime

from app.models.delivery_states import DELIVERY, DeliveryEvent
from worker.delivery.claims import Claim
from worker.delivery.ledger import Entry, Held
from worker.delivery.retry import Retries, next_attempt
from worker.replies import ReplyClass, classify
from worker.smtp.outcome import Outcome

_NOT_TAKEN = frozenset({DeliveryEvent.REFUSED, DeliveryEvent.DEFERRED})


def entry_of(row: Claim | Held, outcome: Outcome, now: datetime, retries: Retries) -> Entry:
    """Say what becomes of a row after this outcome.

    A refusal that speaks about us fails nobody: the row is put off, while the breaker or staff decide, until its time
    is over. What is given up because it was put off for too long counts as soft, unless it was about us.
    """
    if outcome.event not in _NOT_TAKEN:
        return Entry(row.delivery_id, DELIVERY.after(row.state, outcome.event), outcome)
    kind = classify(outcome)
    if outcome.event is DeliveryEvent.REFUSED and not kind.is_about_us:
        return _entry(row, DeliveryEvent.REFUSED, outcome, kind)
    schedule = retries.schedule(outcome.relay, is_about_us=kind.is_about_us)
    until = row.dated + retries.limit(row.kind)
    moment = next_attempt(schedule, row.attempts, now, until=until, chance=retries.chance)
    if moment is None:
        return _entry(row, DeliveryEvent.GIVE_UP, outcome, kind if kind.is_about_us else ReplyClass.SOFT)
    return _entry(row, DeliveryEvent.DEFERRED, outcome, kind, moment)


def _entry(
    row: Claim | Held, event: DeliveryEvent, outcome: Outcome, kind: ReplyClass, moment: datetime | None = None
) -> Entry:
    return Entry(row.delivery_id, DELIVERY.after(row.state, event), outcome, moment, reply_class=kind.value)
