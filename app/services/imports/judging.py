"""What the database knows of the people of a file, asked once for each few thousand of them.

A verdict is given twice, in the same words: for the dry run, and again when it is applied, because somebody may
have left in between. Nothing here lifts an unsubscribe or a suppression.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import ImportVerdict, SubscriberImport
from app.services.imports.people import Row
from app.services.imports.refusals import SUPPRESSED, Refusal

_KNOWN = """
    LEFT JOIN suppressions s ON s.address_hmac = a.address_hmac
    LEFT JOIN subscribers p ON p.identity = a.identity
    LEFT JOIN LATERAL (
        SELECT count(*) AS number, bool_or(state = 'confirmed') AS has_some, bool_or(state = 'pending') AS waits
        FROM subscriptions WHERE subscriber_id = p.id AND topic_id = ANY(:topics)
    ) here ON true
"""
_IS_FULL = "here.number >= (SELECT count(*) FROM topics WHERE id = ANY(:topics))"
_REASON = f"""
    CASE WHEN s.reason IS NOT NULL THEN CAST(:suppressed AS jsonb) ->> s.reason
         WHEN {_IS_FULL} AND NOT here.has_some THEN CASE WHEN here.waits THEN :waits ELSE :left END
         ELSE '' END
"""
_ARRIVING = """
CREATE TEMPORARY TABLE arriving (line bigint, reason text, address text, local text, domain text, identity text,
    address_hmac bytea, language text, first_name text, last_name text) ON COMMIT DROP
"""
_COLUMNS = "line, reason, address, local, domain, identity, address_hmac, language, first_name, last_name"
# the earlier line is looked for one by one: for a set of them PostgreSQL would read all lines, each time
_TAKE_IN = f"""
WITH numbered AS (
    SELECT arriving.*, row_number() OVER (PARTITION BY identity ORDER BY line) AS nth FROM arriving
), judged AS (
    SELECT a.*, {_IS_FULL} AS is_full, CASE WHEN a.reason <> '' THEN a.reason
        WHEN a.nth > 1 OR earlier.line IS NOT NULL THEN :duplicate ELSE {_REASON} END AS why
    FROM numbered a {_KNOWN}
    LEFT JOIN LATERAL (
        SELECT r.line FROM import_rows r WHERE r.import_id = :import AND r.identity = a.identity LIMIT 1
    ) earlier ON true
), entered AS (
    INSERT INTO import_rows (import_id, verdict, {_COLUMNS})
    SELECT :import, CASE WHEN why <> '' THEN 'refused' WHEN is_full THEN 'unchanged' ELSE 'added' END,
        line, why, address, local, domain, identity, address_hmac, language, first_name, last_name
    FROM judged RETURNING verdict
) SELECT verdict, count(*) FROM entered GROUP BY verdict
"""  # noqa: S608 (only of the texts above)
_REFUSE_EARLIER = """
WITH refused AS (
    UPDATE import_rows r SET verdict = 'refused', reason = a.reason
    FROM arriving a, import_rows before
    WHERE r.import_id = :import AND r.identity = a.identity AND a.identity <> '' AND a.reason <> ''
        AND r.verdict <> 'refused' AND before.import_id = r.import_id AND before.line = r.line
    RETURNING before.verdict
) SELECT verdict, count(*) FROM refused GROUP BY verdict
"""
_AGAIN = f"""
WITH judged AS (
    SELECT a.line, {_IS_FULL} AS is_full, {_REASON} AS why
    FROM import_rows a {_KNOWN}
    WHERE a.import_id = :import AND a.verdict = 'added' AND a.line > :after AND a.line <= :until
), changed AS (
    UPDATE import_rows r SET reason = j.why, verdict = CASE WHEN j.why <> '' THEN 'refused' ELSE 'unchanged' END
    FROM judged j WHERE r.import_id = :import AND r.line = j.line AND (j.why <> '' OR j.is_full)
    RETURNING r.verdict
) SELECT verdict, count(*) FROM changed GROUP BY verdict
"""  # noqa: S608


def take_in(session: Session, made: SubscriberImport, rows: Sequence[Row]) -> None:
    """Enter rows with a verdict each."""
    session.execute(text(_ARRIVING))
    driver = session.connection().connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY arriving ({_COLUMNS}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    session.execute(text("ANALYZE arriving"))
    for verdict, number in session.execute(text(_TAKE_IN), {**values(made), "duplicate": Refusal.DUPLICATE}).all():
        _count(made, verdict, number)
    for verdict, number in session.execute(text(_REFUSE_EARLIER), {"import": made.id}).all():
        _count(made, verdict, -number)
        _count(made, ImportVerdict.REFUSED, number)
    session.execute(text("DROP TABLE arriving"))


def judge_again(session: Session, made: SubscriberImport, *, after: int, until: int) -> None:
    """Ask once more about those who would be added, of the lines after one and up to another one."""
    for verdict, number in session.execute(text(_AGAIN), {**values(made), "after": after, "until": until}).all():
        _count(made, ImportVerdict.ADDED, -number)
        _count(made, verdict, number)


def _count(made: SubscriberImport, verdict: str, number: int) -> None:
    """Note that so many lines more (or less) have this verdict."""
    setattr(made, verdict, getattr(made, verdict) + number)


def values(made: SubscriberImport) -> dict[str, Any]:
    """What the statements ask with."""
    return {
        "import": made.id,
        "topics": made.topic_ids,
        "suppressed": json.dumps({reason.value: words for reason, words in SUPPRESSED.items()}),
        "waits": Refusal.WAITS_HERE,
        "left": Refusal.LEFT_HERE,
    }
