"""A web server on loopback that answers as its paths say, and remembers what it was asked."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler


@dataclass
class FakeWeb:
    """`answers` are statuses by path, with where a redirect leads; all other paths are there.

    A path in `slow` gets its answer one octet at a time; `no_head` answers HEAD with 405.
    """

    port: int = 0
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    slow: set[str] = field(default_factory=set)
    no_head: bool = False
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def methods(self) -> list[str]:
        return [method for method, _, _ in self.asked]


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        fake = self.server.fake
        path = self.path.partition("?")[0]
        fake.asked.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
        if path in fake.slow:
            self._trickle()
            return
        status, target = fake.answers.get(path, (200, ""))
        if self.command == "HEAD" and fake.no_head:
            status, target = 405, ""
        self.send_response(status)
        if target:
            self.send_header("Location", target)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"never read" * 1000)

    do_HEAD = do_POST = do_GET  # noqa: N815

    def _trickle(self) -> None:
        """A server that never ends its head, and is never silent for long either."""
        while not self.server.fake.stopped.wait(0.02):
            self.wfile.write(b"H")
            self.wfile.flush()

    def log_message(self, *words: object) -> None:
        """Nothing on the terminal."""


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    fake: FakeWeb

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the play."""


@contextmanager
def fake_web(tls: ssl.SSLContext | None = None) -> Iterator[FakeWeb]:
    """Run the server for as long as the block lasts."""
    fake = FakeWeb()
    with _Server(("127.0.0.1", 0), _Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.fake = fake
        fake.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            fake.stopped.set()
            server.shutdown()
            thread.join()
