"""Which machine this is, as far as that stays true over restarts."""

import socket
from pathlib import Path

_MACHINE_ID = Path("/etc/machine-id")
_CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))


def machine_identity(
    machine_id: Path = _MACHINE_ID, container_marks: tuple[Path, ...] = _CONTAINER_MARKS, name: str | None = None
) -> str:
    """The machine's own id (machine-id(5)), else its name; empty in a container.

    A container gets a new name each time it is made, and its machine id is that of the image or none, so neither says
    which machine it runs on.
    """
    if any(mark.exists() for mark in container_marks):
        return ""
    try:
        found = machine_id.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        found = ""
    return found or (socket.gethostname() if name is None else name)
