"""Adding people: the next few thousand of them, with their subscriptions and the proof of where they come from."""

from datetime import datetime

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from app.models import ImportRow, ImportVerdict, SubscriberImport
from app.services.imports import judging
from app.services.imports.proof import ADDED, actor, source

AT_ONCE = 2_000
_LOCK = """
SELECT p.id FROM subscribers p JOIN import_rows a ON a.identity = p.identity
WHERE a.import_id = :import AND a.verdict = 'added' AND a.line > :after AND a.line <= :until
ORDER BY p.id FOR NO KEY UPDATE OF p
"""
_ADD_PEOPLE = """
INSERT INTO subscribers (address, local, domain, identity, address_hmac, language, first_name, last_name, import_id)
SELECT address, local, domain, identity, address_hmac, COALESCE(NULLIF(language, ''), :language), first_name, last_name,
    import_id
FROM import_rows
WHERE import_id = :import AND verdict = 'added' AND line > :after AND line <= :until ORDER BY identity
ON CONFLICT DO NOTHING
"""
_SUBSCRIBE = """
WITH made AS (
    INSERT INTO subscriptions (subscriber_id, topic_id, state, requested_at, confirmed_at, import_id)
    SELECT p.id, t.id, 'confirmed', :now, :now, a.import_id
    FROM import_rows a JOIN subscribers p ON p.identity = a.identity JOIN topics t ON t.id = ANY(:topics)
    WHERE a.import_id = :import AND a.verdict = 'added' AND a.line > :after AND a.line <= :until
    ON CONFLICT DO NOTHING RETURNING subscriber_id, topic_id
), people AS (
    SELECT subscriber_id, array_agg(topic_id ORDER BY topic_id) AS topic_ids FROM made GROUP BY subscriber_id
), noted AS (
    INSERT INTO consent_events (subscriber_id, kind, topic_ids, source, language, network, method, actor, import_id)
    SELECT subscriber_id, 'imported', topic_ids, :source, :language, '', :method, :actor, :import
    FROM people ORDER BY subscriber_id RETURNING 1
) SELECT count(*) FROM noted
"""


def apply_some(session: Session, made: SubscriberImport, *, now: datetime) -> bool:
    """Add the next people who would be added; False if there are none left.

    Whoever is known here is held until the commit, and judged once more: they may have left since the dry run.
    """
    mine = ImportRow.import_id == made.id
    waiting = select(ImportRow.line).where(mine, ImportRow.verdict == ImportVerdict.ADDED, ImportRow.line > made.place)
    lines = session.scalars(waiting.order_by(ImportRow.line).limit(AT_ONCE)).all()
    if not lines:
        _forget_people(session, made)
        return False
    span = {"after": made.place, "until": lines[-1]}
    meant = {**judging.values(made), **span}
    session.execute(text(_LOCK), meant)
    judging.judge_again(session, made, **span)
    session.execute(text(_ADD_PEOPLE), {**meant, "language": made.language})
    proof = {"source": source(made), "method": ADDED, "actor": actor(made), "language": made.language, "now": now}
    made.applied += session.scalar(text(_SUBSCRIBE), {**meant, **proof}) or 0
    session.execute(
        delete(ImportRow).where(
            mine,
            ImportRow.verdict == ImportVerdict.ADDED,
            ImportRow.line > made.place,
            ImportRow.line <= lines[-1],
        )
    )
    made.place = lines[-1]
    return True


def _forget_people(session: Session, made: SubscriberImport) -> None:
    """Who came is a subscriber now; of who was refused only the line and the reason are kept."""
    mine = ImportRow.import_id == made.id
    session.execute(delete(ImportRow).where(mine, ImportRow.verdict != ImportVerdict.REFUSED))
    nobody = dict.fromkeys(("address", "local", "domain", "identity", "language", "first_name", "last_name"), "")
    session.execute(update(ImportRow).where(mine, ImportRow.address != "").values(**nobody, address_hmac=None))
