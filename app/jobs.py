"""The doorbell: tells the workers that there are rows to look at. The one file that knows Celery's client.

A job is rung only after the commit that made its rows. It carries an id at most, never content: whoever hears it looks
at the rows. A bell that can't be rung loses nothing, and the sweep rings again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.settings import Settings

TRANSACTIONAL, BULK, PLANNING = "transactional", "bulk", "planning"
RINGS = 8
_PENDING = "jobs"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """One call to the workers: a task's name, the queue it waits in, and the ids that it works on.

    After `expires` seconds nobody needs to hear it any more, because the sweep has rung again.
    """

    task: str
    queue: str
    ids: tuple[int, ...] = ()
    expires: float | None = None


def send_notices() -> Job:
    """Send the transactional mails that are due."""
    return Job("send_notices", TRANSACTIONAL, expires=60.0)


def send_letters() -> Job:
    """Send the mail to staff that is due."""
    return Job("send_letters", TRANSACTIONAL, expires=60.0)


def understand_reports() -> Job:
    """Understand what came back, and draw what follows from it."""
    return Job("understand_reports", PLANNING, expires=60.0)


def fetch_reports() -> Job:
    """Fetch what came to the mailbox for bounces."""
    return Job("fetch_reports", PLANNING, expires=60.0)


def let_go() -> Job:
    """Let go of what is older than it may be, once a day."""
    return Job("let_go", PLANNING, expires=3600.0)


def open_campaign(campaign_id: int) -> Job:
    """Freeze a campaign's audience into the ledger."""
    return Job("open_campaign", PLANNING, (campaign_id,))


def go_on_with_import(import_id: int) -> Job:
    """Do the next part of an import."""
    return Job("go_on_with_import", PLANNING, (import_id,))


def deliver() -> Job:
    """Send the statements that are due, of all campaigns under way."""
    return Job("deliver", BULK, expires=60.0)


def sweep() -> Job:
    """Ring again for whatever was left behind, and settle what dead processes held."""
    return Job("sweep", PLANNING)


class Bell(Protocol):
    """Something that can be rung."""

    def ring(self, job: Job) -> None:
        """Tell the workers; raises nothing that a caller would have to handle."""


class CeleryBell:
    """Rings through the broker."""

    def __init__(self, client: Celery) -> None:
        # whoever waits for the bell is a reader in front of a form: one try, no pauses between tries
        options = {**client.conf.broker_transport_options, "max_retries": 0}
        client.conf.broker_transport_options = options
        self._client = client

    def ring(self, job: Job) -> None:
        """Send the task; a broker that is away is logged, and the sweep rings later."""
        try:
            options = {"queue": job.queue, "expires": job.expires, "retry": False, "ignore_result": True}
            self._client.send_task(job.task, args=job.ids, **options)
        except (OperationalError, OSError) as error:
            log.warning("bell.unheard", task=job.task, ids=job.ids, error=str(error))


def celery_client(settings: Settings) -> Celery:
    """Make a Celery client with the options that both sides must share: JSON only, restored soon after a crash.

    kombu restores unacknowledged tasks every `unacked_restore_interval` × `unacked_restore_throttle` seconds, whatever
    the visibility timeout says; the ledger is the truth in any case.
    """
    client = Celery("communique", broker=settings.redis_url)
    client.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_default_queue=BULK,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": 600,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
        },
    )
    return client


def ring_later(session: Session, job: Job) -> None:
    """Ring once this session's transaction is committed; a rollback forgets it."""
    session.info.setdefault(_PENDING, []).append(job)


def attach(sessions: Any, bell: Bell) -> None:
    """Let every session of this factory (or class) ring its jobs after commit; the end of a savepoint is none."""

    @event.listens_for(sessions, "after_commit")
    def ring(session: Session) -> None:
        if session.in_nested_transaction():
            return
        for job in _taken(session):
            bell.ring(job)

    @event.listens_for(sessions, "after_soft_rollback")
    def forget(session: Session, previous_transaction: Any) -> None:
        if previous_transaction.nested is False:
            session.info.pop(_PENDING, None)


def _taken(session: Session) -> Iterator[Job]:
    yield from session.info.pop(_PENDING, [])
