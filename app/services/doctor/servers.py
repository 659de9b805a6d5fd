"""What the service stands on: the database and its schema, Redis, and the workers."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.jobs import BULK, PLANNING, TRANSACTIONAL
from app.migrations import is_up_to_date
from app.services import heartbeats, instance
from app.services.doctor.diagnosis import Diagnosis, fail, ok, remark
from app.settings import Settings

_PATIENCE = 3
_SWEEP_LATE = timedelta(seconds=60)
_LOSSES = {
    TRANSACTIONAL: "confirmations and links to preferences aren't sent",
    BULK: "statements aren't sent",
    PLANNING: "campaigns don't start, and nothing that was left behind is found",
}


def examine_database(settings: Settings) -> Iterator[Diagnosis]:
    """It answers, it has the schema of this version, and this installation may send from it. Never raises."""
    part = "Database"
    engine = create_engine(settings.database_url, connect_args={"connect_timeout": _PATIENCE})
    try:
        if not is_up_to_date(engine):
            yield fail(part, "Its schema isn't that of this version.", "Run communique migrate.", "schema")
            return
        with Session(engine) as session:
            refusal = instance.may_send(session, settings)
    except SQLAlchemyError as error:
        words = f"It doesn't answer: {str(getattr(error, 'orig', error)).splitlines()[0]}"
        yield fail(part, words, "Start it, or correct COMMUNIQUE_DATABASE_URL.", "database-away")
        return
    finally:
        engine.dispose()
    yield ok(part, "It answers, and its schema is that of this version.")
    if refusal:
        yield fail("Installation", refusal, "See docs/operations.md, Copies and moves.", "copy")


def examine_redis(settings: Settings) -> Iterator[Diagnosis]:
    """It answers. Never raises."""
    client = Redis.from_url(settings.redis_url, socket_connect_timeout=_PATIENCE, socket_timeout=_PATIENCE)
    try:
        client.ping()
    except (RedisError, OSError) as error:
        words = f"It doesn't answer: {error}"
        yield fail("Redis", words, "Start it, or correct COMMUNIQUE_REDIS_URL.", "redis-away")
    else:
        yield ok("Redis", "It answers.")
    finally:
        client.close()


def examine_workers(settings: Settings, *, now: datetime) -> Iterator[Diagnosis]:
    """For each queue a worker was seen just now, and the sweep ran. Never raises; without Redis it knows nothing."""
    part = "Workers"
    signs = heartbeats.look(settings, now=now)
    if signs is None:
        yield remark(part, "They can't be looked for while Redis doesn't answer.")
        return
    missing = [queue.name for queue in signs.queues if not queue.workers]
    for name in missing:
        words = f"No worker was seen for the queue “{name}”: {_LOSSES[name]}."
        yield fail(part, words, f"Start one: communique run worker --queue {name}", "worker-missing")
    if not missing:
        yield ok(part, "All queues have one.")
        if signs.swept_at is None or now - signs.swept_at > _SWEEP_LATE:
            words = "The sweep doesn't run, so nothing scheduled starts, and nothing left behind is found."
            yield fail(part, words, "Start communique run beat.", "sweep-late")
