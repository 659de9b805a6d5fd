"""Taking an import back: what it added, and nothing that a person has done since.

Whoever left stays out, whoever chose or confirmed something here stays in. Of somebody whom we know from this import
alone, and to whom nothing was sent, the address is forgotten too.
"""

from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import SubscriberImport, Subscription
from app.services.imports.proof import TAKEN_BACK, actor, source

AT_ONCE = 2_000
_LOCK = "SELECT id FROM subscribers WHERE id = ANY(:people) ORDER BY id FOR UPDATE"
_TAKE_BACK = """
WITH back AS (
    DELETE FROM subscriptions held
    WHERE held.import_id = :import AND held.subscriber_id = ANY(:people) AND held.state = 'confirmed' AND NOT EXISTS (
        SELECT FROM consent_events own
        WHERE own.subscriber_id = held.subscriber_id AND own.kind IN ('confirmed', 'changed')
            AND held.topic_id = ANY(own.topic_ids) AND own.id > (
                SELECT max(id) FROM consent_events brought
                WHERE brought.subscriber_id = held.subscriber_id AND brought.import_id = :import))
    RETURNING subscriber_id, topic_id
), noted AS (
    INSERT INTO consent_events (subscriber_id, kind, topic_ids, source, language, network, method, actor, import_id)
    SELECT b.subscriber_id, 'withdrawn', array_agg(b.topic_id ORDER BY b.topic_id), :source, p.language, '', :method,
        :actor, :import
    FROM back b JOIN subscribers p ON p.id = b.subscriber_id GROUP BY b.subscriber_id, p.language
    ORDER BY b.subscriber_id RETURNING 1
) SELECT count(*) FROM noted
"""
_KNOWN_FROM_IT_ALONE = """
SELECT p.id FROM subscribers p
WHERE p.id = ANY(:people) AND p.import_id = :import AND p.erased_at IS NULL
    AND NOT EXISTS (SELECT FROM subscriptions WHERE subscriber_id = p.id)
    AND NOT EXISTS (SELECT FROM deliveries WHERE subscriber_id = p.id)
    AND NOT EXISTS (SELECT FROM consent_events
        WHERE subscriber_id = p.id AND import_id IS DISTINCT FROM CAST(:import AS bigint))
"""
_NOTE_FORGETTING = """
INSERT INTO consent_events (subscriber_id, kind, topic_ids, source, language, network, method, actor, import_id)
SELECT id, 'erased', '{}', :source, language, '', :method, :actor, :import
FROM subscribers WHERE id = ANY(:people) ORDER BY id
"""
_FORGET = """
UPDATE subscribers SET address = '', local = '', domain = '', language = '', first_name = '', last_name = '',
    identity = 'erased ' || gen_random_uuid(), import_id = NULL, erased_at = :now,
    address_hmac = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
WHERE id = ANY(:people)
"""


def undo_some(session: Session, made: SubscriberImport, *, now: datetime) -> bool:
    """Take the next people back; False if there are none left."""
    theirs = Subscription.import_id == made.id, Subscription.subscriber_id > made.place
    wanted = select(Subscription.subscriber_id).where(*theirs).distinct().order_by(Subscription.subscriber_id)
    people = list(session.scalars(wanted.limit(AT_ONCE)))
    if not people:
        return False
    who = {"import": made.id, "people": people}
    proof = {"source": source(made), "method": TAKEN_BACK, "actor": actor(made)}
    session.execute(text(_LOCK), who)
    made.taken_back += session.scalar(text(_TAKE_BACK), {**who, **proof}) or 0
    alone = list(session.scalars(text(_KNOWN_FROM_IT_ALONE), who))
    if alone:
        session.execute(text(_NOTE_FORGETTING), {"import": made.id, "people": alone, **proof})
        session.execute(text(_FORGET), {"people": alone, "now": now})
    made.place = people[-1]
    return True
