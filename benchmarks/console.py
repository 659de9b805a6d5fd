"""The console as it is installed, and an account to sign in with."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.services import access
from app.settings import PROJECT
from benchmarks.installation import Installation
from benchmarks.processes import environment, free_port, stopping, wait_for_port


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may use the console."""

    address: str
    password: str

    @classmethod
    def made(cls, here: Installation, name: str) -> "Account":
        """A new administrator."""
        account = cls(f"{name}@opendoors.example", secrets.token_urlsafe(24))
        with here.sessions.begin() as session:
            access.add_staff(session, account.address, "Press office", account.password)
        return account


@contextmanager
def console(here: Installation) -> Iterator[str]:
    """The web server, on a free port; gives its address."""
    port = free_port()
    url = f"http://localhost:{port}"
    variables = here.environment(25, PORT=str(port), PUBLIC_URL=url)
    with here.log.open("a") as log:
        command = [sys.executable, "-m", "app.cli", "run", "web"]
        process = subprocess.Popen(command, cwd=PROJECT, env=environment(variables), stdout=log, stderr=log)
        with stopping(process):
            wait_for_port(port)
            yield url
