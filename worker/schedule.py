"""The timetable."""

from celery import Celery

from app import jobs

SWEEP_EVERY = 5.0


def install(celery: Celery) -> None:
    """Give beat its timetable; a round that comes late is dropped, because the next one does the same."""
    sweep = jobs.sweep()
    celery.conf.beat_schedule = {
        "sweep": {
            "task": sweep.task,
            "schedule": SWEEP_EVERY,
            "options": {"queue": sweep.queue, "expires": SWEEP_EVERY},
        }
    }
