"""Fakes at the edge of the machine: a mail server that answers as it is told and remembers what it took."""

import socket
import socketserver
import ssl
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HANG_UP = "hang up"
Script = Callable[[str, str, int], str | None]
"""Given a stage (CONNECT, EHLO, MAIL, RCPT, DATA, END …), the recipient so far and a count: a reply, HANG_UP, or None
for yes."""


def willing(stage: str, recipient: str, count: int) -> str | None:
    """Yes to everything."""


@dataclass
class Taken:
    """One message as the server took it."""

    sender: str
    recipient: str
    raw: bytes


@dataclass
class FakeSmtp:
    """A scripted SMTP server on loopback.

    With `tls` it knows STARTTLS, or with `implicit` TLS from the first octet; `injected` is what somebody between adds
    in the clear behind the reply to STARTTLS. With `users` (name and password) it wants a login, by `mechanisms`.
    `delays` are seconds that it takes to answer at a stage.
    """

    port: int = 0
    extensions: list[str] = field(default_factory=lambda: ["SIZE 10000000", "8BITMIME", "SMTPUTF8", "PIPELINING"])
    script: Script = willing
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0
    most_open: int = 0
    invites_anyway: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    injected: bytes = b""
    users: dict[str, str] = field(default_factory=dict)
    mechanisms: list[str] = field(default_factory=lambda: ["PLAIN", "LOGIN"])
    logins: list[tuple[str, str, bool]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    sockets: set[socket.socket] = field(default_factory=set)

    def recipients(self) -> list[str]:
        return [message.recipient for message in self.taken]

    def reply(self, stage: str, recipient: str) -> str | None:
        with self.lock:
            count = self.counts[stage] = self.counts.get(stage, 0) + 1
        if stage in self.delays:
            time.sleep(self.delays[stage])
        return self.script(stage, recipient, count)

    def arrives(self, sock: socket.socket) -> None:
        with self.lock:
            self.sockets.add(sock)
            self.connections += 1
            self.most_open = max(self.most_open, len(self.sockets))

    def goes(self, sock: socket.socket) -> None:
        with self.lock:
            self.sockets.discard(sock)

    def cut(self) -> None:
        """Hang up on everybody, without a word."""
        with self.lock:
            for sock in self.sockets:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


class _Gone(Exception):
    """The client is away, or we are."""


class _Conversation:
    """One connection. Replies are sent together when nothing more is there to be read, as real servers do."""

    def __init__(self, sock: socket.socket, fake: FakeSmtp) -> None:
        self.sock = sock
        self.fake = fake
        self.heard = b""
        self.unsaid: list[bytes] = []
        self.sender: str | None = None
        self.recipient = ""
        self.user = ""
        self.secure = False

    def run(self) -> None:
        if self.fake.implicit:
            self.secure_line()
        scripted = self.fake.reply("CONNECT", "")
        if scripted == HANG_UP:
            return
        self.say(scripted or "220 fake.example ESMTP")
        while True:
            verb, _, rest = self.line().decode("utf-8").strip().partition(" ")
            if verb:
                self.fake.heard.append(verb.upper())
                self.command(verb.upper(), rest)

    def say(self, text: str) -> None:
        """Answer; 421 ends the conversation."""
        self.unsaid.append(text.encode() + b"\r\n")
        if text.startswith("421"):
            self.flush()
            raise _Gone
        if self.fake.script is not willing or self.fake.delays:
            self.flush()

    def flush(self) -> None:
        data, self.unsaid = b"".join(self.unsaid), []
        if data:
            self.sock.sendall(data)

    def more(self) -> None:
        self.flush()
        data = self.sock.recv(262_144)
        if not data:
            raise _Gone
        self.heard += data

    def line(self) -> bytes:
        while (end := self.heard.find(b"\n")) < 0:
            self.more()
        line, self.heard = self.heard[: end + 1], self.heard[end + 1 :]
        return line

    def octets(self, number: int) -> bytes:
        parts, missing = [], number
        while missing > len(self.heard):
            parts.append(self.heard)
            missing -= len(self.heard)
            self.heard = b""
            self.more()
        parts.append(self.heard[:missing])
        self.heard = self.heard[missing:]
        return b"".join(parts)

    def until_dot(self) -> bytes:
        """A message up to its final dot, the dots at its lines' beginnings taken away."""
        self.heard, look_from = b"\r\n" + self.heard, 0
        while (end := self.heard.find(b"\r\n.\r\n", look_from)) < 0:
            look_from = max(len(self.heard) - 4, 0)
            self.more()
        raw, self.heard = self.heard[2 : end + 2], self.heard[end + 5 :]
        return raw.replace(b"\r\n.", b"\r\n")[raw.startswith(b".") :] if b"." in raw else raw

    def command(self, verb: str, rest: str) -> None:
        path = rest.partition("<")[2].partition(">")[0]
        scripted = self.fake.reply(verb, path if verb == "RCPT" else self.recipient)
        if verb == "BDAT":
            self.contents(self.octets(int(rest.split(maxsplit=1)[0])), scripted)
        elif scripted == HANG_UP:
            raise _Gone
        elif scripted is not None:
            self.say(scripted)
        else:
            known = {"EHLO": self.ehlo, "DATA": self.data, "QUIT": self.quit, "STARTTLS": self.starttls}
            handler = known.get(verb)
            if handler is not None:
                handler()
            elif verb == "AUTH":
                self.auth(*rest.split(" ", 1))
            else:
                self.envelope(verb, path)

    def envelope(self, verb: str, path: str) -> None:
        if self.fake.users and not self.user and verb == "MAIL":
            self.say("530 5.7.0 Authentication required")
            return
        if verb == "RCPT" and self.sender is None:
            self.say("503 5.5.1 MAIL first")
            return
        if verb in {"MAIL", "RSET"}:
            self.sender, self.recipient = path if verb == "MAIL" else None, ""
        if verb == "RCPT":
            self.recipient = path
        self.say("250 2.0.0 ok")

    def ehlo(self) -> None:
        lines = ["fake.example", *self.fake.extensions]
        if self.fake.tls is not None and not self.secure:
            lines.append("STARTTLS")
        if self.fake.users and (self.secure or self.fake.tls is None):
            lines.append(f"AUTH {' '.join(self.fake.mechanisms)}")
        for number, text in enumerate(lines):
            self.say(f"250{' ' if number == len(lines) - 1 else '-'}{text}")

    def starttls(self) -> None:
        if self.fake.tls is None or self.secure:
            self.say("502 5.5.1 no")
            return
        self.unsaid.append(b"220 2.0.0 go on\r\n" + self.fake.injected)
        self.flush()
        self.heard = b""
        self.secure_line()

    def secure_line(self) -> None:
        assert self.fake.tls is not None
        self.sock = self.fake.tls.wrap_socket(self.sock, server_side=True)
        self.secure = True

    def auth(self, mechanism: str, initial: str = "") -> None:
        """PLAIN, LOGIN and XOAUTH2; a wrong token is explained first, as by those who offer XOAUTH2."""
        first = initial or self.ask("" if mechanism in {"PLAIN", "XOAUTH2"} else "VXNlcm5hbWU6")
        if mechanism == "LOGIN":
            user, password = first, self.ask("UGFzc3dvcmQ6")
            user, password = b64decode(user).decode(), b64decode(password).decode()
        elif mechanism == "PLAIN":
            _, user, password = b64decode(first).decode().split("\0")
        else:
            user, token, *_ = b64decode(first).decode().split("\1")
            user, password = user.removeprefix("user="), token.removeprefix("auth=Bearer ")
        self.fake.logins.append((mechanism, user, self.secure))
        if self.fake.users.get(user) == password:
            self.user = user
            self.say("235 2.7.0 welcome")
            return
        if mechanism == "XOAUTH2":
            assert self.ask("eyJzdGF0dXMiOiI0MDAifQ==") == ""
        self.say("535 5.7.8 bad name or password")

    def ask(self, challenge: str) -> str:
        self.say(f"334 {challenge}")
        return self.line().decode().strip()

    def quit(self) -> None:
        self.say("221 bye")
        self.flush()
        raise _Gone

    def data(self) -> None:
        if not self.recipient and not self.fake.invites_anyway:
            self.say("554 5.5.1 no valid recipients")
            return
        self.say("354 go on")
        self.contents(self.until_dot(), None)

    def contents(self, raw: bytes, scripted: str | None) -> None:
        fake = self.fake
        if not self.recipient:
            self.say("554 5.5.1 no valid recipients")
            return
        scripted = scripted or fake.reply("END", self.recipient)
        if scripted is None or scripted.startswith("2") or scripted == HANG_UP:
            fake.taken.append(Taken(self.sender or "", self.recipient, raw))
        self.sender, self.recipient = None, ""
        if scripted == HANG_UP:
            raise _Gone
        self.say(scripted or "250 2.0.0 taken")


class _Handler(socketserver.BaseRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        """Talk; a client that goes away is part of the play."""
        fake = self.server.fake
        fake.arrives(self.request)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conversation = _Conversation(self.request, fake)
        try:
            conversation.run()
        except (_Gone, OSError):
            pass
        finally:
            fake.goes(self.request)
            if conversation.sock is not self.request:
                conversation.sock.close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    fake: FakeSmtp

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away, or a script that fails: the connection's end shows it."""


@contextmanager
def fake_smtp(port: int = 0) -> Iterator[FakeSmtp]:
    """Run the server for as long as the block lasts."""
    fake = FakeSmtp()
    with _Server(("127.0.0.1", port), _Handler) as server:
        server.fake = fake
        fake.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
            fake.cut()
