"""The machine on which was measured."""

import os
import platform
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks.postfix import postfix_version


def facts(engine: Engine) -> dict[str, str]:
    """What one has to know to judge the figures."""
    with engine.connect() as connection:
        postgres = str(connection.scalar(text("SHOW server_version")))
        durable = connection.scalar(text("SHOW fsync")) == "on"
    return {
        "cores": f"{len(os.sched_getaffinity(0))} ({_processor()})",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "Python": platform.python_version(),
        "PostgreSQL": f"{postgres}, {'fsync on' if durable else 'fsync off'}",
        "Postfix (smtp-source, smtp-sink)": postfix_version(),
    }


def load() -> float:
    """How many processes wanted a core in the last minute, before anything was measured."""
    return os.getloadavg()[0]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return platform.machine()
