"""The workers as they are installed: Celery with its queues, told by the bell."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from app.errors import Conflict
from app.jobs import BULK, PLANNING, CeleryBell, celery_client
from app.models import Campaign, CampaignState
from app.settings import PROJECT, Settings
from benchmarks.installation import Installation
from benchmarks.processes import PATIENCE, environment, stopping

_LOOK_EVERY = 0.05
_LONGEST = 1800.0


def through_workers(here: Installation, port: int, messages: int) -> float:
    """Send a campaign as the console does and wait until it is over; gives the seconds since Send was pressed."""
    settings = here.settings(port)
    with workers(here, port, (PLANNING, BULK)):
        number = here.start_campaign(messages, bell=CeleryBell(celery_client(settings)))
        began = time.monotonic()
        wait_until_over(here, number)
        seconds = time.monotonic() - began
    here.check_sent(number, messages)
    return seconds


@contextmanager
def workers(here: Installation, port: int, queues: Sequence[str]) -> Iterator[None]:
    """A worker for each of these queues, as `communique run worker` starts it, all listening; gone after the block."""
    found = []
    with ExitStack() as stack, here.log.open("a") as log:
        for queue in queues:
            process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "run", "worker", "--queue", queue],
                cwd=PROJECT,
                env=environment(here.environment(port)),
                stdout=log,
                stderr=log,
            )
            stack.enter_context(stopping(process, patience=60))
            found.append(process)
        _wait_for_answers(here, here.settings(port), found)
        yield


def is_over(here: Installation, number: int) -> bool:
    """Whether a campaign is sent or cancelled."""
    with here.sessions() as session:
        return session.get_one(Campaign, number).state in {CampaignState.SENT, CampaignState.CANCELLED}


def wait_until_over(here: Installation, number: int) -> None:
    """Raises Conflict if that takes longer than half an hour."""
    deadline = time.monotonic() + _LONGEST
    while not is_over(here, number):
        if time.monotonic() > deadline:
            raise Conflict("The campaign did not end in time.")
        time.sleep(_LOOK_EVERY)


def _wait_for_answers(here: Installation, settings: Settings, found: "list[subprocess.Popen[bytes]]") -> None:
    client = celery_client(settings)
    deadline = time.monotonic() + 2 * PATIENCE
    while len(client.control.ping(timeout=1.0)) < len(found):
        if time.monotonic() > deadline or any(worker.poll() is not None for worker in found):
            raise Conflict(f"The workers did not come up:\n{here.last_words()}")
