"""The supervisor: a kept library (supervisord), with a configuration written anew at each start."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from app.cli.parts import Part
from app.embedded.process import die_with_parent

SUPERVISOR = "supervisord"
_ENDED = re.compile(r"exited: (\S+) \((?!exit status 0; expected)")
_FAILED = re.compile(r"gave up: (\S+) entered FATAL state|exited: (migrate) \(exit status [1-9]")


def start_supervisor(
    parts: Sequence[Part], var_dir: Path, environ: Mapping[str, str], lock: IO[str]
) -> "subprocess.Popen[bytes]":
    """Start supervisord on these parts, logs in `var_dir/log`. It stops in good order when this process ends.

    The lock becomes its standard input, and so is held for as long as it lives, even if we do not.
    """
    configuration = var_dir / "supervisord.conf"
    (var_dir / "log").mkdir(exist_ok=True)
    configuration.write_text(_configuration(parts, var_dir))
    parent = os.getpid()
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--silent", "-c", str(configuration)],
        stdin=lock,
        stdout=subprocess.DEVNULL,
        env=dict(environ),
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(signal.SIGTERM, parent),  # noqa: PLW1509 - one thread only
    )


def failed_part(line: str) -> str | None:
    """The part that a line of the supervisor's log gives up, if it does."""
    found = _FAILED.search(line)
    return (found[1] or found[2]) if found else None


def ended_part(line: str) -> str | None:
    """The part that, a line of the supervisor's log says, ended without being asked to."""
    found = _ENDED.search(line)
    return found[1] if found else None


def _configuration(parts: Sequence[Part], var_dir: Path) -> str:
    head = {
        "logfile": var_dir / "log" / f"{SUPERVISOR}.log",
        "logfile_maxbytes": "5MB",
        "logfile_backups": 2,
        "pidfile": var_dir / "supervisord.pid",
        "minfds": 256,
        **({"user": "root"} if os.geteuid() == 0 else {}),
    }
    sections = [_section("supervisord", head)]
    sections += [_section(f"program:{part.name}", _program(part, order, var_dir)) for order, part in enumerate(parts)]
    return "\n".join(sections)


def _program(part: Part, order: int, var_dir: Path) -> dict[str, object]:
    """A part that ends is started again; one that can't even start, a few times, with growing pauses."""
    kept = {"autorestart": "true", "startsecs": 8, "startretries": 5}
    return {
        "command": shlex.join(part.command),
        "priority": order,
        **({"autorestart": "false", "startsecs": 0} if part.once else kept),
        "stopsignal": part.stop_signal,
        "stopwaitsecs": part.stop_seconds,
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": var_dir / "log" / f"{part.name}.log",
        "stdout_logfile_maxbytes": "5MB",
        "stdout_logfile_backups": 2,
    }


def _section(name: str, values: Mapping[str, object]) -> str:
    lines = [f"{key} = {str(value).replace('%', '%%')}" for key, value in values.items()]
    return "\n".join([f"[{name}]", *lines, ""])
