"""The application on a real port, for what only real bytes and real browsers can show."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import choice
from socket import create_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

NOT_GIVEN_OUT = range(10_000, 32_000)


class QuietHandler(WSGIRequestHandler):
    """Speaks HTTP/1.1, for chunked bodies, and keeps the test's output readable."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        pass


def free_port() -> int:
    """A port that nobody listens on, and that the system gives to nobody who asks for any: it stays free."""
    while True:
        port = choice(NOT_GIVEN_OUT)
        with suppress(OSError), create_server(("127.0.0.1", port)):
            return port


def closed_when_left(app: WSGIApplication) -> WSGIApplication:
    """The application; Werkzeug's server leaves an answer unclosed when the browser goes away in the middle of it."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        body = app(environ, start_response)
        try:
            yield from body
        finally:
            getattr(body, "close", bool)()

    return answer


@contextmanager
def serving(app: Flask, port: int) -> Iterator[None]:
    """Serve the application on loopback until the block ends."""
    server = make_server("127.0.0.1", port, closed_when_left(app), threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
