"""The rows of letters to staff: claimed for the time of a lease, and moved on. Each commits at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.orm import Session

from app.models import Letter, LetterState
from app.models.delivery_states import DeliveryEvent
from app.models.letter_states import LETTER
from worker.replies import classify
from worker.smtp.outcome import Outcome

LEASE = timedelta(minutes=15)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""Whoever waits for a letter asks for another one soon: so it is tried often at first, and not for long."""
_CLAIM = text("""
UPDATE letters l SET state = 'sending', attempts = l.attempts + 1, lease_until = :lease_until, next_attempt_at = NULL
FROM (
    SELECT id FROM letters
    WHERE state = 'queued' AND (next_attempt_at IS NULL OR next_attempt_at <= :now)
    ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
) AS due
WHERE l.id = due.id
RETURNING l.id, l.sender, l.recipient, l.content, l.attempts
""")


@dataclass(frozen=True, slots=True)
class Claimed:
    """One letter that belongs to this process now."""

    id: int
    sender: str
    recipient: str
    content: bytes
    attempts: int

    @property
    def domain(self) -> str:
        """The recipient's domain."""
        return self.recipient.rpartition("@")[2]


def claim(session: Session, *, most: int, now: datetime) -> Sequence[Claimed]:
    """Claim up to `most` letters that are due, oldest first."""
    rows = session.execute(_CLAIM, {"most": most, "now": now, "lease_until": now + LEASE}).all()
    return sorted((Claimed(*row) for row in rows), key=lambda letter: letter.id)


def record(session: Session, letter: Claimed, outcome: Outcome, *, now: datetime) -> None:
    """Write down what became of a letter that this process claimed; its bytes are forgotten unless it is tried again.

    A lease that ran out meanwhile has made it unknown, and its bytes are gone: then only a final answer still counts.
    """
    event = _event(letter, outcome)
    state = LETTER.after(LetterState.SENDING, event)
    words = f"{outcome.code or ''} {outcome.text}".strip().replace("\0", "\ufffd")
    values: dict[str, object] = {"state": state, "lease_until": None, "reply_text": words}
    if state is LetterState.QUEUED:
        values["next_attempt_at"] = now + PAUSES[letter.attempts - 1]
    else:
        values |= {"content": None, "sent_at": now if state is LetterState.SENT else None}
    held = [one for one in LetterState if LETTER.allows(one, event)]
    session.execute(update(Letter).where(Letter.id == letter.id, Letter.state.in_(held)).values(values))


def release(session: Session, ids: Collection[int]) -> None:
    """Give letters back of which nothing reached a relay; no attempt is used up."""
    if ids:
        session.execute(
            update(Letter)
            .where(Letter.id.in_(ids), Letter.state == LetterState.SENDING)
            .values(state=LetterState.QUEUED, lease_until=None, attempts=Letter.attempts - 1)
        )


def expire(session: Session, *, now: datetime) -> None:
    """Letters whose process did not come back become unknown."""
    words = "the process that was sending it did not come back"
    session.execute(
        update(Letter)
        .where(Letter.state == LetterState.SENDING, Letter.lease_until < now)
        .values(state=LetterState.UNKNOWN, lease_until=None, reply_text=words, content=None)
    )


def are_due(session: Session, *, now: datetime, unheard_after: timedelta) -> bool:
    """Whether one waits that nobody has heard of: a new one is rung for when it is queued."""
    moment = func.coalesce(Letter.next_attempt_at, Letter.created_at + unheard_after)
    due = exists().where(Letter.state == LetterState.QUEUED, moment <= now)
    return bool(session.scalar(select(due)))


def _event(letter: Claimed, outcome: Outcome) -> DeliveryEvent:
    """What has happened to it: a refusal that speaks about us is put right by staff, and it is tried again."""
    if outcome.event in {DeliveryEvent.ACCEPTED, DeliveryEvent.UNKNOWN}:
        return outcome.event
    if outcome.event is DeliveryEvent.REFUSED and not classify(outcome).is_about_us:
        return DeliveryEvent.REFUSED
    return DeliveryEvent.DEFERRED if letter.attempts <= len(PAUSES) else DeliveryEvent.GIVE_UP
