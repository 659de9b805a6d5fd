"""What was sent lately, counted in the ledger: the truth from which limits go on when Redis has forgotten."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session, sessionmaker

# What is being sent, or may have been, counts as well; through which relay it goes is known only when it was answered.
_COUNT = """
SELECT bucket, count(*) AS number FROM (
    SELECT floor(extract(epoch FROM d.sent_at) * 1000 / :size)::bigint AS bucket
    FROM deliveries d {joined} WHERE d.sent_at > :since AND {chosen}
    UNION ALL
    SELECT floor(extract(epoch FROM d.unknown_since) * 1000 / :size)::bigint
    FROM deliveries d {joined} WHERE d.state = 'unknown' AND d.unknown_since > :since AND {perhaps}
    UNION ALL
    SELECT floor(extract(epoch FROM cast(:now AS timestamptz)) * 1000 / :size)::bigint
    FROM deliveries d {joined} WHERE d.state = 'sending' AND {in_hand}
) counted GROUP BY bucket
"""
_OF_RELAY = text(
    _COUNT.format(
        joined="",
        chosen="d.relay = :relay",
        perhaps="(d.relay = :relay OR d.relay IS NULL)",
        in_hand="true",
    )
)
_OF_DOMAINS = text(
    _COUNT.format(
        joined="JOIN subscribers s ON s.id = d.subscriber_id",
        chosen="s.domain = ANY(:domains)",
        perhaps="s.domain = ANY(:domains)",
        in_hand="s.domain = ANY(:domains)",
    )
)


class Ledger:
    """Counts of the last hour or day, in sub-buckets of `size` milliseconds since 1970."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def of_relay(self, relay: str, now: datetime, *, size: int, width: int) -> Mapping[int, int]:
        """What went through a relay."""
        return self._counts(_OF_RELAY, now, size=size, width=width, relay=relay)

    def of_domains(self, domains: tuple[str, ...], now: datetime, *, size: int, width: int) -> Mapping[int, int]:
        """What went to a group of domains, through whatever relay."""
        return self._counts(_OF_DOMAINS, now, size=size, width=width, domains=list(domains))

    def _counts(
        self, statement: TextClause, now: datetime, *, size: int, width: int, **chosen: object
    ) -> Mapping[int, int]:
        since = now - timedelta(milliseconds=width + size)
        with self._sessions() as session:
            rows = session.execute(statement, {"now": now, "since": since, "size": size, **chosen}).all()
        return {int(bucket): int(number) for bucket, number in rows}
