"""Ports for the demonstration: the usual one, or another if that is taken."""

import socket


def free_port(wanted: int) -> int:
    """The wanted port if nobody listens on it, else one that the system chooses."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no port is free")
