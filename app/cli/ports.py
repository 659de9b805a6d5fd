"""Refusing to start where somebody else already listens, with the name of who it is."""

import errno
import socket

import psutil

from app.errors import Conflict


def refuse_taken(host: str, port: int, setting: str) -> None:
    """Raise Conflict if the port can't be listened on; `setting` is the variable that changes it."""
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[:1]:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                raise Conflict(_complaint(error, host, port, setting)) from error


def _complaint(error: OSError, host: str, port: int, setting: str) -> str:
    if error.errno != errno.EADDRINUSE:
        return f"Can't listen on {host} port {port}: {error.strerror}. Change {setting}."
    return f"Port {port} on {host} is taken{_holder(port)}. Stop what uses it, or set {setting} to another port."


def _holder(port: int) -> str:
    """Who listens on the port, as far as we are allowed to see."""
    try:
        for connection in psutil.net_connections("tcp"):
            if (
                connection.status == psutil.CONN_LISTEN
                and getattr(connection.laddr, "port", None) == port
                and connection.pid
            ):
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        pass
    return ""
