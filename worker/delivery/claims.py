"""Claiming: due rows become this process's own for the time of a lease.

Consent, suppression and a reader's own pause are asked in the very statement that claims, and whether the campaign may
send: so whoever leaves, and a pause, is heard at the next window. A claim holds the campaign's row FOR SHARE: whoever
undoes, pauses or cancels waits for it and sees its rows, and a claim that comes later waits for them. It waits for
nothing else, so it can't be part of a deadlock. Each claim is short and commits at once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.mail.address import EmailAddress
from app.models import SILENCING, DeliveryKind, DeliveryState

LEASE = timedelta(minutes=30)
_KINDS = {kind.value: kind for kind in DeliveryKind}

_CLAIM = """
WITH {first}due AS (
    SELECT d.id, d.subscriber_id, d.campaign_id FROM deliveries d {joined}
    WHERE {chosen} AND (d.state = 'queued' OR (d.state = 'deferred' AND d.next_attempt_at <= :now))
    ORDER BY d.id LIMIT :most FOR UPDATE OF d SKIP LOCKED
), judged AS MATERIALIZED (
    SELECT due.id, s.address, s.local, s.domain, s.language, s.first_name, s.last_name,
        {wanted} AS wanted
    FROM due JOIN subscribers s ON s.id = due.subscriber_id
)
UPDATE deliveries d SET
    state = CASE WHEN j.wanted THEN 'sending' WHEN d.resent_at IS NULL THEN 'skipped' ELSE 'unknown' END,
    attempts = d.attempts + j.wanted::int,
    claimed_by = CASE WHEN j.wanted THEN :worker END,
    lease_until = CASE WHEN j.wanted THEN cast(:lease_until AS timestamptz) END,
    dated = coalesce(d.dated, :now),
    first_name = CASE WHEN j.wanted THEN coalesce(d.first_name, j.first_name) END,
    last_name = CASE WHEN j.wanted THEN coalesce(d.last_name, j.last_name) END,
    language = coalesce(d.language, j.language),
    reply_text = CASE WHEN j.wanted THEN d.reply_text
                      WHEN d.resent_at IS NULL THEN 'left, paused or suppressed before it was sent'
                      ELSE 'may have arrived; left, paused or suppressed before it was sent once more' END
FROM judged j WHERE d.id = j.id
RETURNING d.id, d.kind, d.subscriber_id, d.campaign_id, d.consent_event_id,
    encode(uuid_send(d.message_key), 'hex'), d.dated, d.attempts, d.created_at,
    j.address, j.local, j.domain, d.language, d.first_name, d.last_name, j.wanted
"""
_GOING = """going AS MATERIALIZED (
    SELECT 1 FROM campaigns c
    WHERE c.id = :campaign_id AND c.state = 'sending' AND coalesce(c.begins_at, :now) <= :now FOR SHARE
), """
_OF_CAMPAIGN = "d.campaign_id = :campaign_id AND d.id > :after AND EXISTS (SELECT 1 FROM going)"
_STILL_SUBSCRIBED = """(EXISTS (
            SELECT 1 FROM subscriptions x JOIN campaign_topics t ON t.topic_id = x.topic_id
            WHERE x.subscriber_id = s.id AND t.campaign_id = due.campaign_id AND x.state = 'confirmed')
        AND coalesce(s.paused_until <= :now, true)
        AND NOT EXISTS (SELECT 1 FROM suppressions p WHERE p.address_hmac = s.address_hmac))"""
_ITS_DOMAIN = "JOIN subscribers r ON r.id = d.subscriber_id"
_STATEMENTS = text(_CLAIM.format(first=_GOING, joined="", chosen=_OF_CAMPAIGN, wanted=_STILL_SUBSCRIBED))
_STATEMENTS_TO = text(
    _CLAIM.format(
        first=_GOING,
        joined=_ITS_DOMAIN,
        chosen=f"{_OF_CAMPAIGN} AND r.domain = ANY(:domains)",
        wanted=_STILL_SUBSCRIBED,
    )
)
_STATEMENTS_NOT_TO = text(
    _CLAIM.format(
        first=_GOING,
        joined=_ITS_DOMAIN,
        chosen=f"{_OF_CAMPAIGN} AND r.domain <> ALL(:domains)",
        wanted=_STILL_SUBSCRIBED,
    )
)
_NOTICES = text(
    _CLAIM.format(
        first="",
        joined="",
        chosen="d.campaign_id IS NULL",
        wanted="""s.erased_at IS NULL AND NOT EXISTS (SELECT 1 FROM suppressions p
            WHERE p.address_hmac = s.address_hmac AND p.reason = ANY(:silencing))""",
    )
)


class Claim(NamedTuple):
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
    first_name: str = ""
    last_name: str = ""
    state: DeliveryState = DeliveryState.SENDING


@dataclass(frozen=True, slots=True)
class Page:
    """What a claim gave: this process's rows in order, how many were looked at, and the last of those."""

    claims: Sequence[Claim]
    seen: int
    last_id: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where to claim: in one campaign, after a row, only for some domains' readers, or for all but some."""

    campaign_id: int
    after: int = 0
    only: Collection[str] | None = None
    without: Collection[str] = ()


def claim_statements(session: Session, place: Place, *, worker: str, most: int, now: datetime) -> Page:
    """Claim up to `most` due rows of a campaign, in order; those who have left meanwhile are skipped for good.

    What was sent before without an answer is unknown again instead: it may have arrived.
    Nothing is claimed unless the campaign is sending and its undo window is over.
    """
    chosen: dict[str, object] = {"campaign_id": place.campaign_id, "after": place.after, "most": most}
    if place.only is not None:
        return _claim(session, _STATEMENTS_TO, {**chosen, "domains": list(place.only)}, worker, now)
    if place.without:
        return _claim(session, _STATEMENTS_NOT_TO, {**chosen, "domains": list(place.without)}, worker, now)
    return _claim(session, _STATEMENTS, chosen, worker, now)


def claim_notices(session: Session, *, worker: str, most: int, now: datetime) -> Page:
    """Claim up to `most` transactional mails that are due and whose address isn't silenced."""
    chosen = {"most": most, "silencing": [reason.value for reason in SILENCING]}
    return _claim(session, _NOTICES, chosen, worker, now)


def _claim(session: Session, statement: TextClause, chosen: Mapping[str, object], worker: str, now: datetime) -> Page:
    rows = session.execute(statement, {**chosen, "worker": worker, "now": now, "lease_until": now + LEASE}).all()
    claims = []
    for number, kind, subscriber, campaign, event, key, dated, attempts, created, *person in rows:
        address, local, domain, language, first_name, last_name, wanted = person
        if wanted:
            claims.append(
                Claim(
                    number,
                    _KINDS[kind],
                    subscriber,
                    campaign,
                    event,
                    key,
                    dated,
                    attempts,
                    created,
                    EmailAddress(address, local, domain),
                    language,
                    first_name,
                    last_name,
                )
            )
    claims.sort(key=lambda claim: claim.delivery_id)
    return Page(claims, len(rows), max((row[0] for row in rows), default=0))
