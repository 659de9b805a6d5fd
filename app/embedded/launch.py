"""One prepared server: the command, the account, the signals; started beside us or in our place."""

import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from app.embedded.process import ServerUser, become, die_with_parent

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Launch:
    """What is needed to start a server whose data folder is ready."""

    command: tuple[str, ...]
    user: ServerUser
    folder: Path
    stop_signal: signal.Signals

    def replace_this_process(self) -> NoReturn:
        """Become the server, in the foreground, ending with our parent. For a supervisor."""
        parent = os.getppid()
        os.chdir(self.folder)
        become(self.user)
        die_with_parent(self.stop_signal, parent)
        os.execve(self.command[0], self.command, ENVIRONMENT)  # noqa: S606

    def start(self, log: Path) -> "subprocess.Popen[bytes]":
        """Start the server beside us, its words going to `log`. It ends with the thread that started it."""
        other = self.user.is_somebody_else
        with log.open("ab") as out:
            return subprocess.Popen(  # noqa: S603
                self.command,
                cwd=self.folder,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=_ending_with(os.getpid(), self.stop_signal),  # noqa: PLW1509
                user=self.user.uid if other else None,
                group=self.user.gid if other else None,
                extra_groups=[] if other else None,
            )


def _ending_with(parent: int, stop_signal: signal.Signals) -> Callable[[], None]:
    def before_exec() -> None:
        die_with_parent(stop_signal, parent)

    return before_exec
