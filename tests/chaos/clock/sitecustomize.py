"""Python imports this at start, where the harness puts this folder on its path: a process whose clock can jump.

`CHAOS_CLOCK` names a file with a number of seconds. A thread reads it every few milliseconds and sets the time of day
of the whole process, the product's and the libraries', that much later than the machine's. Durations
(`time.monotonic`) are untouched, as with a real step of a machine's clock.
"""

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

_EVERY = 0.02


def _shift(file: Path) -> float:
    try:
        return float(file.read_text())
    except (OSError, ValueError):
        return 0.0


def _follow(file: Path) -> None:
    import time_machine

    while not (wanted := _shift(file)):
        time.sleep(_EVERY)
    traveller = time_machine.travel(datetime.now(UTC) + timedelta(seconds=wanted), tick=True).start()
    now = wanted
    while True:
        if (wanted := _shift(file)) != now:
            traveller.shift(wanted - now)
            now = wanted
        time.sleep(_EVERY)


def _start() -> None:
    threading.Thread(target=_follow, args=(Path(os.environ["CHAOS_CLOCK"]),), daemon=True, name="clock").start()


if "CHAOS_CLOCK" in os.environ:
    _start()
    os.register_at_fork(after_in_child=_start)
