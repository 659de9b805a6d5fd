"""Whether the pages that links lead to are there: asked only when somebody wants it, and never to be turned inwards.

Authors decide what is asked, so each request is confined (OWASP ASVS 1.3.6, 13.2.4): http and https on their usual
ports; the name is looked up once, every address that it has must be public, and the connection goes to exactly the
address that was judged; no redirect is followed; nothing of an answer but its head is read; five seconds each.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import idna

from app.services.public_address import is_public

MOST_LINKS = 50
SECONDS = 5.0
ALL_SECONDS = 20.0
_AT_ONCE = 16
_PORTS = {"http": 80, "https": 443}
_SAFE = "/%:@!$&'()*+,;=~-._?"
_AGENT = "Mozilla/5.0 (compatible; Communique link check)"

Outcome = Literal["found", "moved", "gone", "unsure", "refused"]
Resolve = Callable[[str, int], Sequence[str]]
Connect = Callable[[str, int, float], socket.socket]


@dataclass(frozen=True, slots=True)
class LinkResult:
    """What became of one link.

    `gone` is a page that isn't there, `unsure` one that doesn't answer a program, `moved` one that sends readers on,
    `refused` an address that we don't ask. `words` say it to staff.
    """

    url: str
    outcome: Outcome
    words: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one link leads, after everything about it was judged."""

    host: str
    port: int
    address: str
    path: str
    is_secure: bool

    @property
    def name(self) -> str:
        """The host as it stands in a header (RFC 3986 section 3.2.2)."""
        return f"[{self.host}]" if ":" in self.host else self.host


class _Refused(Exception):
    """A link that is not asked; says why."""


def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of a host, as the system knows them; raises OSError if there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for _, _, _, _, place in found))


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to exactly this address."""
    return socket.create_connection((address, port), timeout=seconds)


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """Asks links; `resolve` and `connect` are the ways out of this machine, and `context` says whom TLS trusts."""

    resolve: Resolve = resolve
    connect: Connect = connect
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    seconds: float = SECONDS

    def check(self, urls: Sequence[str]) -> list[LinkResult]:
        """Ask the first fifty of these, some at a time; gives the results in the order of the links."""
        asked = list(dict.fromkeys(urls))[:MOST_LINKS]
        pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="link")
        try:
            futures = [pool.submit(self.ask, url) for url in asked]
            wait(futures, timeout=ALL_SECONDS)
            return [_result(url, future) for url, future in zip(asked, futures, strict=True)]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def ask(self, url: str) -> LinkResult:
        """Ask one link: HEAD, and GET where a server doesn't take that."""
        try:
            place = self._place(url)
            status, target = self._head(place, "HEAD")
            if status >= HTTPStatus.BAD_REQUEST:
                status, target = self._head(place, "GET")
        except _Refused as why:
            return LinkResult(url, "refused", str(why))
        except ssl.SSLCertVerificationError as error:
            return LinkResult(url, "gone", f"its certificate isn't valid ({error.verify_message})")
        except socket.gaierror:
            return LinkResult(url, "gone", "there is no such host")
        except ConnectionRefusedError:
            return LinkResult(url, "gone", "its server takes no connections")
        except (OSError, http.client.HTTPException, ValueError):
            return LinkResult(url, "unsure", "its server doesn't answer in time, or not in HTTP")
        return _judged(url, status, target)

    def _place(self, url: str) -> _Place:
        """Judge an address; raises _Refused, or OSError if there is no such host.

        One address that isn't public condemns all that a host has: which one is used is a matter of chance.
        """
        parts = urlsplit(url)
        host, port = _host(parts), _PORTS[parts.scheme]
        found = self.resolve(host, port)
        if not found or not all(map(is_public, found)):
            raise _Refused("it leads into a private network, which readers can't reach")
        path = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
        return _Place(host, port, found[0], path, parts.scheme == "https")

    def _head(self, place: _Place, method: str) -> tuple[int, str]:
        """The status, and where a redirect leads. What follows the head of the answer is never read."""
        line = self.connect(place.address, place.port, self.seconds)
        try:
            if place.is_secure:
                with _deadline(line, self.seconds):
                    line = self.context.wrap_socket(line, server_hostname=place.host)
            with _deadline(line, self.seconds):
                return _exchange(line, place, method)
        finally:
            line.close()


@contextmanager
def _deadline(line: socket.socket, seconds: float) -> Iterator[None]:
    """Hang up when the time is over, however slowly something still trickles in."""
    timer = threading.Timer(seconds, _hang_up, [line])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(line: socket.socket) -> None:
    try:
        socket.socket.shutdown(line, socket.SHUT_RDWR)
    except OSError:
        return


def _exchange(line: socket.socket, place: _Place, method: str) -> tuple[int, str]:
    """One request and the head of its answer."""
    connection = http.client.HTTPConnection(place.name)
    connection.sock = line
    connection.putrequest(method, place.path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": place.name, "User-Agent": _AGENT, "Accept": "*/*", "Connection": "close"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = http.client.HTTPResponse(line, method=method)
    try:
        answer.begin()
        return answer.status, answer.getheader("Location") or ""
    finally:
        answer.close()


def _host(parts: SplitResult) -> str:
    """The host in ASCII; raises _Refused where an address is of a kind that isn't asked."""
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or not host:
        raise _Refused("it is no web address")
    if "@" in parts.netloc or parts.port not in {None, _PORTS[parts.scheme]}:
        raise _Refused("its port is unusual, or there is a name before its host; look at it yourself")
    try:
        return host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise _Refused("its host is no name of a host") from None


def _judged(url: str, status: int, target: str) -> LinkResult:
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return LinkResult(url, "found", "it is there")
    if status < HTTPStatus.BAD_REQUEST:
        return LinkResult(url, "moved", f"it sends readers on to {urljoin(url, target)}")
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return LinkResult(url, "gone", f"its server says that there is no such page ({status})")
    return LinkResult(url, "unsure", f"its server answers {status} to a program; look at it yourself")


def _result(url: str, future: Future[LinkResult]) -> LinkResult:
    if not future.done() or future.cancelled():
        return LinkResult(url, "unsure", "there was no time left to ask it")
    return future.result()
