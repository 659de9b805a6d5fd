"""The statements that move claimed rows of the ledger on: record, release, expire. Each commits at once.

Rows are looked up by their id. Each CASE keeps PostgreSQL from trying state and owner first, which it takes for rare
because hardly a row was being sent when it last counted.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import DeliveryKind, DeliveryState
from worker.smtp.outcome import Outcome

_RECORD = text("""
UPDATE deliveries d SET
    state = r.state, reply_code = r.code, reply_enhanced = r.enhanced, reply_text = r.words, reply_class = r.class,
    relay = nullif(r.relay, ''), next_attempt_at = r.next_attempt_at, lease_until = NULL,
    first_name = CASE WHEN r.state IN ('deferred', 'unknown') THEN d.first_name END,
    last_name = CASE WHEN r.state IN ('deferred', 'unknown') THEN d.last_name END,
    sent_at = CASE WHEN r.state = 'sent' THEN cast(:now AS timestamptz) END,
    unknown_since = CASE WHEN r.state = 'unknown' THEN coalesce(d.unknown_since, :now) ELSE d.unknown_since END
FROM unnest(cast(:ids AS bigint[]), cast(:states AS text[]), cast(:codes AS smallint[]), cast(:enhanced AS text[]),
            cast(:words AS text[]), cast(:classes AS text[]), cast(:relays AS text[]), cast(:next AS timestamptz[]))
    AS r(id, state, code, enhanced, words, class, relay, next_attempt_at)
WHERE d.id = r.id
    AND CASE WHEN d.claimed_by = :worker THEN d.state IN ('sending', 'unknown') END
""")
_RECORD_ACCEPTED = text("""
UPDATE deliveries d SET
    state = 'sent', reply_code = :code, reply_enhanced = :enhanced, reply_text = r.words, reply_class = NULL,
    relay = nullif(:relay, ''), next_attempt_at = NULL, lease_until = NULL, sent_at = :now,
    first_name = NULL, last_name = NULL
FROM unnest(cast(string_to_array(:ids, ' ') AS bigint[]), string_to_array(:words, chr(1))) AS r(id, words)
WHERE d.id = r.id
    AND CASE WHEN d.claimed_by = :worker THEN d.state IN ('sending', 'unknown') END
""")
_RELEASE = text("""
UPDATE deliveries d SET
    state = CASE WHEN c.state = 'cancelled' THEN CASE WHEN d.resent_at IS NULL THEN 'skipped' ELSE 'unknown' END
                 WHEN cast(:until AS timestamptz) IS NULL THEN 'queued' ELSE 'deferred' END,
    reply_text = CASE WHEN c.state = 'cancelled'
        THEN CASE WHEN d.resent_at IS NULL THEN 'the campaign was cancelled'
                  ELSE 'may have arrived; the campaign was cancelled before it was sent once more' END END,
    first_name = CASE WHEN c.state IS DISTINCT FROM 'cancelled' THEN d.first_name END,
    last_name = CASE WHEN c.state IS DISTINCT FROM 'cancelled' THEN d.last_name END,
    attempts = d.attempts - 1, next_attempt_at = cast(:until AS timestamptz), claimed_by = NULL, lease_until = NULL
FROM deliveries same LEFT JOIN campaigns c ON c.id = same.campaign_id
WHERE same.id = d.id AND d.id = ANY(:ids)
    AND CASE WHEN d.claimed_by = :worker
        THEN d.state = 'sending' OR (d.state = 'unknown' AND d.lease_until IS NOT NULL) END
""")
_EXPIRE = text("""
UPDATE deliveries
SET state = 'unknown', unknown_since = :now, reply_text = 'the process that was sending it did not come back'
WHERE state = 'sending' AND lease_until < :now
""")
_HELD = text("""
SELECT id, kind, state, attempts, created_at, dated FROM deliveries
WHERE claimed_by = :worker AND (state = 'sending' OR (state = 'unknown' AND lease_until IS NOT NULL))
""")


@dataclass(slots=True)
class Entry:
    """What is to be recorded about one row: its next state, and when it is tried again if it is deferred."""

    delivery_id: int
    state: DeliveryState
    outcome: Outcome
    next_attempt_at: datetime | None = None
    reply_class: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A row that a process had claimed, as far as settling it needs; unknown if its lease has run out since."""

    delivery_id: int
    kind: DeliveryKind
    state: DeliveryState
    attempts: int
    created_at: datetime
    dated: datetime


def record(session: Session, entries: Sequence[Entry], *, worker: str, now: datetime) -> None:
    """Record outcomes in bulk, for rows that this worker still holds (or held when they became unknown).

    What was accepted, nearly all, goes by a statement of its own, which is three times as fast.
    """
    accepted: dict[tuple[int | None, str | None, str], list[Entry]] = defaultdict(list)
    others = []
    for entry in entries:
        if entry.state is DeliveryState.SENT:
            accepted[entry.outcome.code, entry.outcome.enhanced, entry.outcome.relay].append(entry)
        else:
            others.append(entry)
    common = {"worker": worker, "now": now}
    for (code, enhanced, relay), same in accepted.items():
        ids = " ".join([str(entry.delivery_id) for entry in same])
        words = "\x01".join([_storable(entry.outcome.text) for entry in same])
        reply = {"code": code, "enhanced": enhanced, "relay": relay}
        session.execute(_RECORD_ACCEPTED, {"ids": ids, "words": words, **reply, **common})
    if others:
        session.execute(_RECORD, {**_columns(others), **common})


def _columns(entries: Sequence[Entry]) -> Mapping[str, Sequence[object]]:
    return {
        "ids": [entry.delivery_id for entry in entries],
        "states": [entry.state.value for entry in entries],
        "codes": [entry.outcome.code for entry in entries],
        "enhanced": [entry.outcome.enhanced for entry in entries],
        "words": [_storable(entry.outcome.text) for entry in entries],
        "classes": [entry.reply_class for entry in entries],
        "relays": [entry.outcome.relay for entry in entries],
        "next": [entry.next_attempt_at for entry in entries],
    }


def _storable(words: str) -> str:
    """A server's words without what PostgreSQL can't keep, or what would divide them."""
    return words.replace("\0", "\ufffd").replace("\x01", "\ufffd")


def release(session: Session, ids: Collection[int], *, worker: str, until: datetime | None = None) -> None:
    """Give rows back that were claimed and of which nothing reached a relay; no attempt is used up.

    `until` is when they are due again, if not at once. Those of a cancelled campaign are skipped,
    or unknown again if they were sent before without an answer.
    """
    if ids:
        session.execute(_RELEASE, {"ids": list(ids), "worker": worker, "until": until})


def expire(session: Session, *, now: datetime) -> None:
    """Rows whose lease ran out become unknown, never guessed."""
    session.execute(_EXPIRE, {"now": now})


def held_by(session: Session, worker: str) -> list[Held]:
    """The rows that a process claimed and hasn't recorded: only those keep their lease, even when it has run out."""
    rows = session.execute(_HELD, {"worker": worker}).all()
    return [
        Held(row.id, DeliveryKind(row.kind), DeliveryState(row.state), row.attempts, row.created_at, row.dated)
        for row in rows
    ]
