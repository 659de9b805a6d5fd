"""The whole catalogue of background work. A task carries an id at most, looks at the rows, and may run twice."""

import os
import signal
from contextlib import suppress

from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown, worker_shutting_down

from app import jobs
from app.embedded.process import die_with_parent
from app.intake_address import Mailbox
from app.jobs import ring_later
from app.services import retention, short_memory
from app.services.imports import course
from worker.delivery import planner
from worker.delivery.recorder import DATABASE_AWAY
from worker.delivery.sweep import keep_time, sweep
from worker.intake.fetching import fetch
from worker.workshop import Workshop

LET_GO, DAY = "retention", 23 * 3600


def register(celery: Celery, tools: Workshop) -> None:
    """Give the tasks their names, as `app.jobs` rings them, and their tools."""

    @celery.task(name=jobs.send_notices().task, shared=False)
    def send_notices() -> None:
        tools.of_this_process().with_present_limits().pipeline.send_notices()

    @celery.task(name=jobs.send_letters().task, shared=False)
    def send_letters() -> None:
        tools.of_this_process().with_present_limits().letters.send()

    @celery.task(name=jobs.open_campaign(0).task, shared=False)
    def open_campaign(campaign_id: int) -> None:
        workshop = tools.of_this_process()
        with workshop.sessions.begin() as session:
            if planner.open_campaign(session, campaign_id, now=workshop.clock()):
                for _ in range(jobs.RINGS):
                    ring_later(session, jobs.deliver())

    @celery.task(name=jobs.deliver().task, shared=False)
    def deliver() -> None:
        tools.of_this_process().with_present_limits().pipeline.deliver()

    @celery.task(name=jobs.sweep().task, shared=False)
    def sweep_task() -> None:
        workshop = tools.of_this_process()
        workshop.settle()
        with workshop.sessions.begin() as session:
            for job in sweep(session, now=workshop.clock()):
                ring_later(session, job)
        with workshop.sessions.begin() as session:
            for job in keep_time(session, workshop.settings, now=workshop.clock()):
                ring_later(session, job)

    _register_the_way_in(celery, tools)
    _register_the_way_back(celery, tools)
    _live_with_the_worker(tools)


def _register_the_way_in(celery: Celery, tools: Workshop) -> None:
    @celery.task(name=jobs.go_on_with_import(0).task, shared=False)
    def go_on_with_import(import_id: int) -> None:
        workshop = tools.of_this_process()
        with workshop.sessions.begin() as session:
            course.go_on(session, workshop.settings, import_id, now=workshop.clock())


def _register_the_way_back(celery: Celery, tools: Workshop) -> None:
    @celery.task(name=jobs.understand_reports().task, shared=False)
    def understand_reports() -> None:
        tools.of_this_process().desk.work()

    @celery.task(name=jobs.fetch_reports().task, shared=False)
    def fetch_reports() -> None:
        workshop = tools.of_this_process()
        if workshop.settings.intake_mailbox:
            fetch(Mailbox.parse(workshop.settings.intake_mailbox), workshop.sessions)

    @celery.task(name=jobs.let_go().task, shared=False)
    def let_go() -> None:
        workshop = tools.of_this_process()
        if short_memory.recall(workshop.settings, LET_GO) is None:
            retention.run(workshop.sessions.begin, workshop.settings, now=workshop.clock())
            short_memory.remember(workshop.settings, LET_GO, value=True, seconds=DAY)


def _live_with_the_worker(tools: Workshop) -> None:
    """Make the tools when a process of the worker begins, and put them away when it ends."""

    def begin(**signalled: object) -> None:
        """End with the worker; and get ready, so that the first reader needn't wait for it."""
        del signalled
        die_with_parent(signal.SIGKILL, os.getppid())
        with suppress(*DATABASE_AWAY):
            tools.of_this_process().get_ready()

    worker_shutting_down.connect(lambda **_: tools.stopping.ask(), weak=False)
    worker_process_init.connect(begin, weak=False)
    worker_process_shutdown.connect(lambda **_: tools.of_this_process().close(), weak=False)
