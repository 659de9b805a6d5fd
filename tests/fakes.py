"""Fakes at the edge of the machine: a mail server that answers as it is told and remembers what it took."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

HANG_UP = "hang up"
Script = Callable[[str, str, int], str | None]
"""Given a stage (EHLO, MAIL, RCPT, DATA, END), the recipient so far and a count: a reply, HANG_UP, or None for yes."""


@dataclass
class Taken:
    """One message as the server took it."""

    sender: str
    recipient: str
    raw: bytes


@dataclass
class FakeSmtp:
    """A scripted SMTP server on loopback."""

    port: int = 0
    extensions: list[str] = field(default_factory=lambda: ["SIZE 10000000", "8BITMIME", "SMTPUTF8", "PIPELINING"])
    script: Script = lambda stage, recipient, count: None
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0
    invites_anyway: bool = False
    counts: dict[str, int] = field(default_factory=dict)

    def recipients(self) -> list[str]:
        return [message.recipient for message in self.taken]

    def reply(self, stage: str, recipient: str) -> str | None:
        self.counts[stage] = self.counts.get(stage, 0) + 1
        return self.script(stage, recipient, self.counts[stage])


class _Conversation(socketserver.StreamRequestHandler):
    server: "_Server"
    disable_nagle_algorithm = True

    def say(self, text: str) -> bool:
        """Answer; False after 421, which ends the conversation."""
        self.wfile.write(f"{text}\r\n".encode())
        return not text.startswith("421")

    def handle(self) -> None:
        fake = self.server.fake
        fake.connections += 1
        self.say("220 fake.example ESMTP")
        self.sender = self.recipient = ""
        while line := self.rfile.readline():
            verb, _, rest = line.decode("utf-8").strip().partition(" ")
            if not self.command(verb.upper(), rest):
                return

    def command(self, verb: str, rest: str) -> bool:
        """Answer one command; False ends the conversation."""
        path = rest.partition("<")[2].partition(">")[0]
        scripted = self.server.fake.reply(verb, path if verb == "RCPT" else self.recipient)
        if verb == "BDAT":
            return self.contents(self.rfile.read(int(rest.split(maxsplit=1)[0])), scripted)
        if scripted is not None:
            return scripted != HANG_UP and self.say(scripted)
        if verb in {"MAIL", "RSET"}:
            self.sender, self.recipient = path, ""
        if verb == "RCPT":
            self.recipient = path
        if verb == "DATA":
            return self.data()
        if verb == "QUIT":
            self.say("221 bye")
            return False
        lines = ["fake.example", *self.server.fake.extensions] if verb == "EHLO" else ["2.0.0 ok"]
        for number, text in enumerate(lines):
            self.say(f"250{' ' if number == len(lines) - 1 else '-'}{text}")
        return True

    def data(self) -> bool:
        if not self.recipient and not self.server.fake.invites_anyway:
            return self.say("554 5.5.1 no valid recipients")
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        return self.contents(b"".join(lines), None)

    def contents(self, raw: bytes, scripted: str | None) -> bool:
        fake = self.server.fake
        if not self.recipient:
            return self.say("554 5.5.1 no valid recipients")
        scripted = scripted or fake.reply("END", self.recipient)
        if scripted is None or scripted.startswith("2") or scripted == HANG_UP:
            fake.taken.append(Taken(self.sender, self.recipient, raw))
        self.recipient = ""
        return scripted != HANG_UP and self.say(scripted or "250 2.0.0 taken")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    fake: FakeSmtp

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is part of the play."""


@contextmanager
def fake_smtp(port: int = 0) -> Iterator[FakeSmtp]:
    """Run the server for as long as the block lasts."""
    fake = FakeSmtp()
    with _Server(("127.0.0.1", port), _Conversation) as server:
        server.fake = fake
        fake.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
