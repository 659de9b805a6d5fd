"""The timetable."""

from datetime import datetime
from typing import Any

from celery import Celery
from celery.beat import PersistentScheduler
from celery.schedules import schedstate, schedule

from app import jobs

SWEEP_EVERY = 5.0
FETCH_EVERY = 60.0
LET_GO_EVERY = 3600.0


class Every(schedule):  # type: ignore[misc]  # Celery ships no types
    """Every so many seconds, also after the machine's clock was set back: a last run that is still to come is none."""

    def is_due(self, last_run_at: datetime) -> Any:
        """Whether it is time, and in how many seconds to look again."""
        if self.maybe_make_aware(last_run_at) > self.maybe_make_aware(self.now()):
            return schedstate(is_due=True, next=self.seconds)
        return super().is_due(last_run_at)


class Steady(PersistentScheduler):  # type: ignore[misc]
    """Asks its entries anew when the clock was set back: their next rounds would else be as far off as it was ahead."""

    def tick(self, *args: Any, **options: Any) -> Any:
        """Ring for what is due; gives in how many seconds to look again."""
        heap: Any = getattr(self, "_heap", None)
        if heap and heap[0].time - self._when(heap[0].entry, 0) > 2 * SWEEP_EVERY:
            self._heap = None
        return super().tick(*args, **options)


def install(celery: Celery) -> None:
    """Give beat its timetable; a round that comes late is dropped, because the next one does the same."""
    sweep, fetch, let_go = jobs.sweep(), jobs.fetch_reports(), jobs.let_go()
    celery.conf.beat_scheduler = f"{Steady.__module__}:{Steady.__name__}"
    celery.conf.beat_max_loop_interval = SWEEP_EVERY
    celery.conf.beat_schedule = {
        "sweep": {
            "task": sweep.task,
            "schedule": Every(SWEEP_EVERY),
            "options": {"queue": sweep.queue, "expires": SWEEP_EVERY},
        },
        "fetch": {
            "task": fetch.task,
            "schedule": Every(FETCH_EVERY),
            "options": {"queue": fetch.queue, "expires": FETCH_EVERY},
        },
        # oftener than once a day, because beat counts anew when it is started; the task sees whether a day is over
        "let_go": {
            "task": let_go.task,
            "schedule": Every(LET_GO_EVERY),
            "options": {"queue": let_go.queue, "expires": LET_GO_EVERY},
        },
    }
