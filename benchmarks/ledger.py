"""The ledger as it is some hours after a large campaign: most was accepted, the rest refused in many words."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, DateTime, Interval, SmallInteger, String, bindparam, func, select, text
from sqlalchemy.orm import Session

from app.clock import utc_now
from app.models import Campaign, Delivery
from benchmarks.installation import Installation
from worker.delivery import planner

_BEGAN, _LASTED = timedelta(hours=3), timedelta(hours=1)
_OUTCOMES = (
    # of a thousand: how many, in which state, with which kind of answer and in which words
    (940, "sent", None, 250, "2.0.0", "2.0.0 Ok: queued as {id}"),
    (10, "failed", "hard", 550, "5.1.1", "5.1.1 <{address}>: Recipient address rejected: User unknown"),
    (10, "failed", "blocked", 554, "5.7.1", "5.7.1 Refused, see https://lists.example/{id}"),
    (10, "failed", "quota", 552, "5.2.2", "5.2.2 Mailbox full"),
    (10, "bounced", "soft", 450, "4.3.2", "4.3.2 The system is going down"),
    (5, "complained", None, None, None, None),
    (5, "unknown", None, None, None, None),
    (10, "skipped", None, None, None, "unsubscribed before it was sent"),
)
_OUTCOME = """
UPDATE deliveries d SET state = :state, reply_class = :kind, reply_code = :code, reply_enhanced = :enhanced,
    reply_text = replace(replace(:words, '{id}', d.id::text), '{address}', s.address),
    attempts = 1, relay = 'relay', dated = moment.at,
    sent_at = CASE WHEN :state IN ('sent', 'bounced', 'complained') THEN moment.at END,
    unknown_since = CASE WHEN :state = 'unknown' THEN moment.at END,
    concluded_at = CASE WHEN :state IN ('failed', 'bounced') THEN now() END
FROM subscribers s, LATERAL (
    SELECT date_bin('200 ms', :began + :lasted * s.id / (SELECT max(id) FROM subscribers), '2000-01-01') AS at
) moment
WHERE s.id = d.subscriber_id AND s.id * 7919 % 1000 >= :least AND s.id * 7919 % 1000 < :least + :share
"""
_CONSENT = """
INSERT INTO consent_events (subscriber_id, kind, topic_ids, source, language, network, created_at)
SELECT id, 'confirmed', '{}', 'benchmark', 'en', '', now() - interval '1 second' * (id * 7919 % 63072000)
FROM subscribers ORDER BY 7
"""
_LEFT = """
INSERT INTO consent_events (subscriber_id, kind, topic_ids, source, language, network, created_at)
SELECT subscriber_id, 'withdrawn', '{}', 'benchmark', 'en', '', now() - interval '1 hour'
FROM deliveries WHERE state = 'sent' AND id % 200 = 0
"""
_SUPPRESSED = """
INSERT INTO suppressions (address_hmac, reason, evidence)
SELECT s.address_hmac, 'hard', d.reply_text FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id
WHERE d.reply_class = 'hard'
"""


_TYPED = text(_OUTCOME).bindparams(
    *(bindparam(name, type_=String) for name in ("state", "kind", "enhanced", "words")),
    bindparam("code", type_=SmallInteger),
    bindparam("began", type_=DateTime(timezone=True)),
    bindparam("lasted", type_=Interval),
)


@dataclass(frozen=True, slots=True)
class LargeCampaign:
    """A campaign that is over, the number of a message in its middle, and a moment shortly before its end."""

    public_id: UUID
    statement_id: int
    middle: int
    late: datetime


@contextmanager
def after_a_campaign(here: Installation, people: int) -> Iterator[LargeCampaign]:
    """A campaign to so many people is over for as long as the block lasts."""
    here.forget_campaigns()
    number = here.start_campaign(people, length=0)
    now = utc_now()
    with here.sessions.begin() as session:
        planner.open_campaign(session, number, now=now)
        session.get_one(Campaign, number).started_at = now - _BEGAN
        _fill(session.connection())
        planner.finish(session, number, now=now)
    _vacuum(here)
    with here.sessions() as session:
        campaign = _described(session, number)
    try:
        yield campaign
    finally:
        with here.engine.begin() as connection:
            connection.execute(text("TRUNCATE deliveries, campaigns, statements, consent_events, suppressions CASCADE"))


def _fill(connection: Connection) -> None:
    """As a replica takes rows in: else a trigger would chain a million consents one by one."""
    began, least = utc_now() - _BEGAN, 0
    for share, state, kind, code, enhanced, words in _OUTCOMES:
        values = {"state": state, "kind": kind, "code": code, "enhanced": enhanced, "words": words}
        connection.execute(_TYPED, {**values, "began": began, "lasted": _LASTED, "least": least, "share": share})
        least += share
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    for filling in (_CONSENT, _LEFT, _SUPPRESSED):
        connection.execute(text(filling))


def _vacuum(here: Installation) -> None:
    with here.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _described(session: Session, number: int) -> LargeCampaign:
    campaign = session.get_one(Campaign, number)
    middle, last = session.execute(
        select(func.percentile_disc(0.5).within_group(Delivery.id), func.max(Delivery.sent_at)).where(
            Delivery.campaign_id == number
        )
    ).one()
    return LargeCampaign(campaign.public_id, campaign.statement_id, middle, last - timedelta(minutes=5))
