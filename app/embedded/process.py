"""How a server of ours is run: as an ordinary system user, and never longer than whoever started it."""

import ctypes
import importlib.util
import logging
import os
import pwd
import signal
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from app.errors import Conflict

log = logging.getLogger(__name__)

SYSTEM_USER = "communique"
_LAST_RESORT = "nobody"
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The account that a server runs as: ours, unless we are root."""

    uid: int
    gid: int

    @property
    def is_somebody_else(self) -> bool:
        """Whether files have to be given away to this account."""
        return self.uid != os.geteuid()


def server_user(data: Path) -> ServerUser:
    """The account to run the server of this data folder.

    PostgreSQL refuses to run as root. Started as root, we use the account that already owns the data; else one
    of our own, made once; else, where none can be made, `nobody`.
    """
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid())
    if data.exists() and data.stat().st_uid != 0:
        return ServerUser(data.stat().st_uid, data.stat().st_gid)
    account = _own_account() or pwd.getpwnam(_LAST_RESORT)
    return ServerUser(account.pw_uid, account.pw_gid)


def _own_account() -> pwd.struct_passwd | None:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    try:
        subprocess.run(command, check=False, capture_output=True)  # noqa: S603
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, KeyError):
        return None


def own_folder(folder: Path, user: ServerUser) -> None:
    """Make a folder that only the server's account (and root) can open, and the way to it enterable."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in {user.uid, os.geteuid()}:
        raise Conflict(f"{folder} belongs to somebody else. Remove it, or start as its owner.")
    folder.chmod(0o700)
    if user.is_somebody_else:
        os.chown(folder, user.uid, user.gid)
        _open_the_way(folder, user)


def _open_the_way(folder: Path, user: ServerUser) -> None:
    """Let the server's account enter (not list) each folder above its own; says so when it changes one."""
    for parent in folder.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH and parent.stat().st_uid != user.uid:
            parent.chmod(mode | stat.S_IXOTH)
            log.warning("%s can now be entered by other accounts: the database server needs it", parent)


def package_folder(package: str, user: ServerUser) -> Path:
    """Where the wheel that brings a server is installed, readable for the account that runs it.

    Found without importing the package: its import makes folders and looks for running servers.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise Conflict(
            f"{package} is not installed: install communique[local], or set the addresses of servers of your own"
        )
    folder = Path(spec.submodule_search_locations[0])
    if user.is_somebody_else:
        _open_the_way(folder, user)
        for part in (folder, folder.with_name(f"{folder.name}.libs")):
            _make_readable(part)
    return folder


def _make_readable(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        if path.is_symlink() or not path.exists():
            continue
        mode = path.stat().st_mode
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if wanted != mode:
            path.chmod(wanted)


def become(user: ServerUser) -> None:
    """Drop root for good, if we have it."""
    if user.is_somebody_else:
        os.setgroups([])
        os.setgid(user.gid)
        os.setuid(user.uid)


def die_with_parent(death_signal: signal.Signals, parent: int) -> None:
    """Ask the kernel to send us the signal when our parent ends, however it ends.

    `parent` is the parent's process id, known before; if it has ended meanwhile, we end as well. Has to come
    after a change of account, which clears the wish (prctl(2), PR_SET_PDEATHSIG); it outlives exec.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
