"""A name server on loopback that knows the records which a test gives it, and nothing else."""

import socketserver
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset

Records = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass
class FakeDns:
    """`records` are by name and type; a name in `silent` gets no answer, one in `failing` SERVFAIL."""

    records: dict[str, dict[str, list[str]]]
    silent: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def resolver(self) -> dns.resolver.Resolver:
        made = dns.resolver.Resolver(configure=False)
        made.nameservers, made.port = ["127.0.0.1"], self.port
        return made

    def answer(self, data: bytes) -> bytes | None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        if name in self.silent:
            return None
        response = dns.message.make_response(query)
        if name in self.failing:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.records:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif values := self.records[name].get(kind):
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *values))
        return response.to_wire()


def txt(text: str) -> str:
    """A TXT record's data, in strings of at most 255 octets."""
    return " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))


class _Handler(socketserver.BaseRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        data, sock = self.request
        answer = self.server.fake.answer(data)
        if answer is not None:
            sock.sendto(answer, self.client_address)


class _Server(socketserver.ThreadingUDPServer):
    daemon_threads = True
    fake: FakeDns


@contextmanager
def fake_dns(records: Records) -> Iterator[FakeDns]:
    """Run the server for as long as the block lasts."""
    fake = FakeDns({name: {kind: list(found) for kind, found in of.items()} for name, of in records.items()})
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.fake = fake
        fake.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
