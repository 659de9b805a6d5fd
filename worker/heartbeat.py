"""Tells that a worker is there, and that the sweep ran, so that the console can say when one is missing."""

import os
import time
from typing import Any

from celery import Celery
from celery.signals import heartbeat_sent, task_postrun

from app import jobs
from app.clock import Clock, utc_now
from app.services.heartbeats import Pulse
from app.settings import Settings

EVERY = 10.0


class Heartbeat:
    """Writes a worker's sign of life, at most once in ten seconds.

    Celery's own heart beats in the process that leads a worker, also while its children send.
    """

    def __init__(self, pulse: Pulse, clock: Clock = utc_now) -> None:
        self._pulse = pulse
        self._clock = clock
        self._next = 0.0

    def beat(self, hostname: str) -> None:
        """A worker is there; its name is that of its queue and its host, as in `bulk@host`."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + EVERY
            queue, _, host = hostname.partition("@")
            self._pulse.seen(queue, f"{host}-{os.getpid()}", self._clock())

    def ran(self, task: str) -> None:
        """A task ended well."""
        if task == jobs.sweep().task:
            self._pulse.swept(self._clock())


def install(celery: Celery, settings: Settings) -> None:
    """Listen to the workers of this application."""
    heartbeat = Heartbeat(Pulse(settings.redis_url))

    def on_beat(sender: Any = None, **signalled: Any) -> None:
        del signalled
        heartbeat.beat(sender.eventer.hostname)

    def on_task(task: Any = None, state: str = "", **signalled: Any) -> None:
        del signalled
        if state == "SUCCESS" and task.app is celery:
            heartbeat.ran(task.name)

    heartbeat_sent.connect(on_beat, weak=False)
    task_postrun.connect(on_task, weak=False)
