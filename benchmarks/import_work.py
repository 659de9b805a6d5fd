"""A process that imports a list as a worker does, applies it and takes it back: `python -m benchmarks.import_work F`.

It gets ready, begins when told, and reports the seconds of each phase and its peak memory (MB).
"""

import json
import sys
import time
from pathlib import Path

from app import telemetry
from app.models import SubscriberImport
from app.services import topics
from app.services.imports import beginning, course
from app.services.imports.beginning import Plan
from app.services.imports.course import Step
from app.settings_loading import load_settings
from benchmarks.processes import begin
from benchmarks.usage import peak_memory
from benchmarks.work import Silence
from worker.workshop import Workshop

_SAID = {"reader": "csv", "source": "a benchmark", "date": "2024-05-31", "basis": "made up"}


def main() -> None:
    """Get ready, work, report."""
    settings = load_settings()
    telemetry.configure(settings)
    workshop = Workshop(settings, bell=Silence())
    begin()
    told: dict[str, float] = {}
    began = time.monotonic()
    with workshop.sessions.begin() as session, Path(sys.argv[1]).open("rb") as stream:
        found = [topics.ensure(session, "imported", "Imported")]
        plan = Plan.typed(_SAID, found, settings=settings, today=workshop.clock().date())
        import_id = beginning.begin(session, plan, stream, "list.csv").id
    _work(workshop, import_id)
    told["reading"], began = time.monotonic() - began, time.monotonic()
    with workshop.sessions.begin() as session:
        course.apply(session, import_id)
    _work(workshop, import_id)
    told["adding"], began = time.monotonic() - began, time.monotonic()
    with workshop.sessions.begin() as session:
        course.undo(session, import_id)
    made = _work(workshop, import_id)
    told["taking back"] = time.monotonic() - began
    told |= {"applied": made.applied, "taken back people": made.taken_back, "peak": peak_memory()}
    print(json.dumps(told))
    workshop.close()


def _work(workshop: Workshop, import_id: int) -> SubscriberImport:
    """What the task does, as often as it would be rung for."""
    while True:
        with workshop.sessions.begin() as session:
            if course.go_on(session, workshop.settings, import_id, now=workshop.clock()) is Step.OVER:
                return course.get(session, import_id)


if __name__ == "__main__":
    main()
