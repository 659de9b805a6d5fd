"""The doorbell: rung when the rows are there, never before, and nothing hangs on whether anybody hears it."""

import base64
import json
import time

import pytest
import redis
from celery import Celery
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import jobs
from app.database import sessions
from app.jobs import CeleryBell, Job, attach, celery_client, ring_later
from app.mail.address import EmailAddress
from app.models import SubscriptionState
from app.services import signup, subscribers
from app.services.consent import Origin
from app.services.signup import Ask
from tests import factories
from worker import create_celery
from worker.delivery.sweep import UNHEARD_AFTER, sweep

JOBS = (
    jobs.send_notices(),
    jobs.send_letters(),
    jobs.open_campaign(7),
    jobs.go_on_with_import(7),
    jobs.deliver(),
    jobs.understand_reports(),
    jobs.fetch_reports(),
    jobs.let_go(),
    jobs.sweep(),
)
ONE, TWO = jobs.open_campaign(1), jobs.open_campaign(2)


class Bell:
    """Remembers what was rung."""

    def __init__(self) -> None:
        self.rung: list[Job] = []

    def ring(self, job: Job) -> None:
        self.rung.append(job)


@pytest.fixture
def bell():
    return Bell()


@pytest.fixture
def factory(engine, bell):
    made = sessions(engine)
    attach(made, bell)
    return made


@pytest.fixture
def queues(settings):
    """The real broker, emptied afterwards."""
    broker = redis.Redis.from_url(settings.redis_url)
    broker.flushdb()
    yield broker
    broker.flushdb()
    broker.close()


def test_a_job_is_rung_after_the_commit_and_once(factory, bell):
    with factory() as session:
        session.execute(text("SELECT 1"))
        ring_later(session, ONE)
        ring_later(session, TWO)
        session.flush()
        assert bell.rung == []
        session.commit()
        assert bell.rung == [ONE, TWO]
        session.execute(text("SELECT 1"))
        session.commit()
        assert bell.rung == [ONE, TWO]


def test_the_rows_of_a_job_can_be_seen_when_it_is_rung(settings, database):
    seen = []

    class Looking:
        def ring(self, job: Job) -> None:
            with sessions(database)() as other:
                seen.append(subscribers.locked(other, job.ids[0]) is not None)

    made = sessions(database)
    attach(made, Looking())
    with made.begin() as session:
        person = factories.subscriber(session, settings, "ana@example.org", state=SubscriptionState.PENDING)
        ring_later(session, jobs.open_campaign(person.id))
    assert seen == [True]


def test_what_is_rolled_back_is_never_rung(factory, bell):
    with factory() as session:
        session.execute(text("SELECT 1"))
        ring_later(session, ONE)
        session.rollback()
        session.execute(text("SELECT 1"))
        ring_later(session, TWO)
        session.commit()
    assert bell.rung == [TWO]


def test_an_error_and_a_closed_session_ring_nothing(factory, bell):
    def fail(session):
        ring_later(session, ONE)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), factory.begin() as session:
        fail(session)
    with factory() as session:
        session.execute(text("SELECT 1"))
        ring_later(session, ONE)
        with pytest.raises(DBAPIError):
            session.execute(text("SELECT 1 / 0"))
    with factory() as session:
        session.execute(text("SELECT 1"))
        session.commit()
    assert bell.rung == []


def test_the_end_of_a_savepoint_is_no_commit(factory, bell):
    with factory() as session:
        session.execute(text("SELECT 1"))
        ring_later(session, ONE)
        with session.begin_nested():
            session.execute(text("SELECT 1"))
            ring_later(session, TWO)
        assert bell.rung == []
        session.rollback()
        assert bell.rung == []
        with session.begin_nested():
            ring_later(session, TWO)
        session.commit()
    assert bell.rung == [TWO]


def test_a_savepoint_that_is_taken_back_keeps_what_was_to_be_rung_before_it(factory, bell):
    with factory() as session:
        session.execute(text("SELECT 1"))
        ring_later(session, ONE)
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            raise ZeroDivisionError
        session.commit()
    assert bell.rung == [ONE]


def test_two_sessions_ring_each_for_itself(factory, bell):
    with factory() as one, factory() as two:
        one.execute(text("SELECT 1"))
        two.execute(text("SELECT 1"))
        ring_later(one, ONE)
        ring_later(two, TWO)
        two.commit()
        assert bell.rung == [TWO]
        one.rollback()
    assert bell.rung == [TWO]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.task)
def test_a_job_waits_in_its_queue_as_a_name_and_ids(settings, queues, job):
    CeleryBell(celery_client(settings)).ring(job)
    assert queues.llen(job.queue) == 1
    envelope = json.loads(queues.lindex(job.queue, 0))
    assert envelope["content-type"] == "application/json"
    assert envelope["headers"]["task"] == job.task
    args, kwargs, _ = json.loads(base64.b64decode(envelope["body"]))
    assert (args, kwargs) == (list(job.ids), {})


def test_statements_and_notices_wait_in_different_queues():
    assert jobs.send_notices().queue != jobs.deliver().queue
    assert jobs.sweep().queue == jobs.open_campaign(1).queue


def test_the_workers_know_every_job_and_beat_rings_for_the_sweep(settings):
    celery = create_celery(settings)
    assert {job.task for job in JOBS} <= set(celery.tasks)
    entries = {entry["task"]: entry for entry in celery.conf.beat_schedule.values()}
    assert set(entries) == {jobs.sweep().task, jobs.fetch_reports().task, jobs.let_go().task}
    for job, longest in ((jobs.sweep(), 10), (jobs.fetch_reports(), 60), (jobs.let_go(), 3600)):
        entry = entries[job.task]
        assert entry["options"]["queue"] == job.queue
        assert entry["options"]["expires"] <= entry["schedule"].seconds <= longest
    assert celery.conf.task_acks_late
    assert celery.conf.accept_content == ["json"]


@pytest.fixture
def away(settings) -> Celery:
    """A client whose broker isn't there."""
    return celery_client(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))


def test_a_broker_that_is_away_raises_nothing_and_keeps_nobody_waiting(away):
    bell = CeleryBell(away)
    begun = time.monotonic()
    for job in JOBS:
        bell.ring(job)
    assert time.monotonic() - begun < 2


def test_a_broker_that_is_away_loses_no_request(settings, database, away):
    made = sessions(database)
    attach(made, CeleryBell(away))
    with made.begin() as session:
        address = EmailAddress.parse("ana@example.org")
        ask = Ask(address, [factories.topic(session)], "en")
        signup.request(session, ask, Origin("/subscribe"), settings=settings, now=factories.NOW)
    with sessions(database)() as session:
        rung = list(sweep(session, now=factories.NOW + UNHEARD_AFTER))
    assert [job.task for job in rung] == ["send_notices"]
