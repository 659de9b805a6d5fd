"""The statements that move rows of the ledger: claim, record, release, expire. Each is short and commits at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.mail.address import EmailAddress
from app.models import SILENCING, DeliveryKind, DeliveryState
from worker.delivery.outcome import Outcome

LEASE = timedelta(minutes=30)

_DUE = "(d.state = 'queued' OR (d.state = 'deferred' AND d.next_attempt_at <= :now))"
_CLAIM = """
WITH due AS (
    SELECT d.id, d.subscriber_id, d.campaign_id FROM deliveries d {joined}
    WHERE {chosen} AND {due}
    ORDER BY d.id LIMIT :window FOR UPDATE OF d SKIP LOCKED
), judged AS (
    SELECT due.id, s.address, s.local, s.domain, s.language, {wanted} AS wanted
    FROM due JOIN subscribers s ON s.id = due.subscriber_id
)
UPDATE deliveries d SET
    state = CASE WHEN j.wanted THEN 'sending' ELSE 'skipped' END,
    attempts = d.attempts + j.wanted::int,
    claimed_by = CASE WHEN j.wanted THEN :worker END,
    lease_until = CASE WHEN j.wanted THEN cast(:lease_until AS timestamptz) END,
    dated = coalesce(d.dated, :now),
    reply_text = CASE WHEN j.wanted THEN d.reply_text ELSE 'left or suppressed before it was sent' END
FROM judged j WHERE d.id = j.id
RETURNING d.id, d.kind, d.subscriber_id, d.campaign_id, d.consent_event_id, d.message_key, d.dated, d.attempts,
    d.created_at, j.address, j.local, j.domain, j.language, j.wanted
"""
_CLAIM_STATEMENTS = text(
    _CLAIM.format(
        joined="JOIN campaigns c ON c.id = d.campaign_id AND c.state = 'sending'",
        chosen="d.batch_id = :batch_id",
        due=_DUE,
        wanted="""(EXISTS (
            SELECT 1 FROM subscriptions x JOIN campaign_topics t ON t.topic_id = x.topic_id
            WHERE x.subscriber_id = s.id AND t.campaign_id = due.campaign_id AND x.state = 'confirmed')
        AND NOT EXISTS (SELECT 1 FROM suppressions p WHERE p.address_hmac = s.address_hmac))""",
    )
)
_CLAIM_NOTICE = text(
    _CLAIM.format(
        joined="",
        chosen="d.id = :delivery_id AND d.campaign_id IS NULL",
        due=_DUE,
        wanted="""NOT EXISTS (SELECT 1 FROM suppressions p
            WHERE p.address_hmac = s.address_hmac AND p.reason = ANY(:silencing))""",
    )
)
_RECORD = text("""
UPDATE deliveries d SET
    state = r.state, reply_code = r.code, reply_enhanced = r.enhanced, reply_text = r.words,
    next_attempt_at = r.next_attempt_at, lease_until = NULL,
    sent_at = CASE WHEN r.state = 'sent' THEN cast(:now AS timestamptz) END
FROM unnest(cast(:ids AS bigint[]), cast(:states AS text[]), cast(:codes AS smallint[]), cast(:enhanced AS text[]),
            cast(:words AS text[]), cast(:next AS timestamptz[]))
    AS r(id, state, code, enhanced, words, next_attempt_at)
WHERE d.id = r.id AND d.claimed_by = :worker AND d.state IN ('sending', 'unknown')
""")
_RELEASE = text("""
UPDATE deliveries d SET
    state = CASE WHEN c.state = 'cancelled' THEN 'skipped'
                 WHEN cast(:until AS timestamptz) IS NULL THEN 'queued' ELSE 'deferred' END,
    reply_text = CASE WHEN c.state = 'cancelled' THEN 'the campaign was cancelled' END,
    attempts = d.attempts - 1, next_attempt_at = cast(:until AS timestamptz), claimed_by = NULL, lease_until = NULL
FROM deliveries same LEFT JOIN campaigns c ON c.id = same.campaign_id
WHERE same.id = d.id AND d.id = ANY(:ids) AND d.claimed_by = :worker
    AND (d.state = 'sending' OR (d.state = 'unknown' AND d.lease_until IS NOT NULL))
""")
_EXPIRE = text("""
UPDATE deliveries SET state = 'unknown', reply_text = 'the process that was sending it did not come back'
WHERE state = 'sending' AND lease_until < :now RETURNING campaign_id
""")
_HELD = text("""
SELECT id, kind, state, attempts, created_at FROM deliveries
WHERE claimed_by = :worker AND (state = 'sending' OR (state = 'unknown' AND lease_until IS NOT NULL))
""")


@dataclass(frozen=True, slots=True)
class Claim:
    """One row that belongs to this process now."""

    delivery_id: int
    kind: DeliveryKind
    subscriber_id: int
    campaign_id: int | None
    consent_event_id: int | None
    message_key: str
    dated: datetime
    attempts: int
    created_at: datetime
    address: EmailAddress
    language: str
    state: DeliveryState = DeliveryState.SENDING


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be recorded about one row: its next state, and when it is tried again if it is deferred."""

    delivery_id: int
    state: DeliveryState
    outcome: Outcome
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A row that a process had claimed, as far as settling it needs; unknown if its lease has run out since."""

    delivery_id: int
    kind: DeliveryKind
    state: DeliveryState
    attempts: int
    created_at: datetime


def claim_statements(
    session: Session, batch_id: int, *, worker: str, window: int, now: datetime
) -> tuple[list[Claim], int]:
    """Claim up to `window` due rows of a batch; gives them and how many rows were looked at (0: nothing is due).

    Consent and suppression are asked in this very statement; who has left meanwhile is skipped. Nothing is claimed
    unless the campaign is sending, so that a pause acts at once.
    """
    return _claim(session, _CLAIM_STATEMENTS, {"batch_id": batch_id, "window": window}, worker, now)


def claim_notice(session: Session, delivery_id: int, *, worker: str, now: datetime) -> Claim | None:
    """Claim one transactional mail if it is due and its address isn't silenced."""
    chosen = {"delivery_id": delivery_id, "window": 1, "silencing": [reason.value for reason in SILENCING]}
    claims, _ = _claim(session, _CLAIM_NOTICE, chosen, worker, now)
    return claims[0] if claims else None


def record(session: Session, entries: Sequence[Entry], *, worker: str, now: datetime) -> None:
    """Record outcomes in bulk, for rows that this worker still holds (or held when they became unknown)."""
    if entries:
        session.execute(
            _RECORD,
            {
                "ids": [entry.delivery_id for entry in entries],
                "states": [entry.state.value for entry in entries],
                "codes": [entry.outcome.code for entry in entries],
                "enhanced": [entry.outcome.enhanced for entry in entries],
                "words": [entry.outcome.text.replace("\x00", "") for entry in entries],
                "next": [entry.next_attempt_at for entry in entries],
                "worker": worker,
                "now": now,
            },
        )


def release(session: Session, ids: Sequence[int], *, worker: str, until: datetime | None = None) -> None:
    """Give rows back that were claimed and of which nothing reached the relay; no attempt is used up.

    `until` is when they are due again, if not at once. Those of a cancelled campaign are skipped.
    """
    if ids:
        session.execute(_RELEASE, {"ids": list(ids), "worker": worker, "until": until})


def expire(session: Session, *, now: datetime) -> set[int]:
    """Rows whose lease ran out become unknown, never guessed; gives the campaigns concerned."""
    return {campaign_id for (campaign_id,) in session.execute(_EXPIRE, {"now": now}) if campaign_id is not None}


def held_by(session: Session, worker: str) -> list[Held]:
    """The rows that a process claimed and hasn't recorded: only those keep their lease, even when it has run out."""
    rows = session.execute(_HELD, {"worker": worker}).all()
    return [
        Held(row.id, DeliveryKind(row.kind), DeliveryState(row.state), row.attempts, row.created_at) for row in rows
    ]


def _claim(
    session: Session, statement: TextClause, chosen: Mapping[str, object], worker: str, now: datetime
) -> tuple[list[Claim], int]:
    rows = session.execute(statement, {**chosen, "worker": worker, "now": now, "lease_until": now + LEASE}).all()
    claims = [
        Claim(
            delivery_id=row.id,
            kind=DeliveryKind(row.kind),
            subscriber_id=row.subscriber_id,
            campaign_id=row.campaign_id,
            consent_event_id=row.consent_event_id,
            message_key=row.message_key.hex,
            dated=row.dated,
            attempts=row.attempts,
            created_at=row.created_at,
            address=EmailAddress(row.address, row.local, row.domain),
            language=row.language,
        )
        for row in rows
        if row.wanted
    ]
    return sorted(claims, key=lambda claim: claim.delivery_id), len(rows)
