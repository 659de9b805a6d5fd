"""One click (RFC 8058) by the real bytes that mailbox providers send, at the web server that runs in production.

It stands behind a reverse proxy that ends TLS, as most installations do.
"""

import http.client
import signal
import socket
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.links import Links
from app.models import Base, ConsentEvent, ConsentKind, Subscription, SubscriptionState
from app.settings import Settings
from app.settings_loading import load_settings
from tests import factories
from tests.installation import environment
from tests.integration.servers import answers, communique, until
from tests.live_server import free_port

PUBLIC = "https://news.opendoors.example"
FIELD = b"List-Unsubscribe=One-Click"
PART = b'--=_x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--=_x--\r\n'
URLENCODED = "Content-Type: application/x-www-form-urlencoded\r\n"
MULTIPART = 'Content-Type: multipart/form-data; boundary="=_x"\r\n'
HOST = "Host: news.opendoors.example\r\n"
PROXIED = (
    f"{HOST}X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: news.opendoors.example\r\n"
)


def whole(path: str, head: str, body: bytes, version: str = "1.1") -> bytes:
    return f"POST {path} HTTP/{version}\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(path: str, head: str, body: bytes) -> bytes:
    pieces = (body[:7], body[7:8], body[8:])
    framed = b"".join(b"%X;x=y\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return f"POST {path} HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n".encode() + framed + b"0\r\n\r\n"


SAID: dict[str, Callable[[str], bytes]] = {
    "urlencoded": lambda path: whole(path, PROXIED + URLENCODED, FIELD),
    "multipart": lambda path: whole(path, PROXIED + MULTIPART, PART),
    "urlencoded in chunks": lambda path: chunked(path, PROXIED + URLENCODED, FIELD),
    "multipart in chunks": lambda path: chunked(path, PROXIED + MULTIPART, PART),
    "no header but the host": lambda path: whole(path, HOST, FIELD),
    "no header at all": lambda path: whole(path, "", FIELD, version="1.0"),
    "chunks without a type": lambda path: chunked(path, HOST, FIELD),
    "a slash at the end": lambda path: whole(f"{path}/", PROXIED + URLENCODED, FIELD),
    "a slash at the end, multipart in chunks": lambda path: chunked(f"{path}/", PROXIED + MULTIPART, PART),
    "two slashes at the start": lambda path: whole(f"/{path}", PROXIED + URLENCODED, FIELD),
    "the whole address": lambda path: whole(f"{PUBLIC}{path}", PROXIED + URLENCODED, FIELD),
    "a proxy that names this machine": lambda path: whole(
        path, PROXIED.replace(HOST, "Host: 127.0.0.1\r\n") + URLENCODED, FIELD
    ),
    "a proxy that says http": lambda path: whole(path, PROXIED.replace("https", "http") + URLENCODED, FIELD),
    "several proxies": lambda path: whole(
        path, PROXIED.replace("203.0.113.9", "198.51.100.7, 2001:db8::1, 203.0.113.9") + URLENCODED, FIELD
    ),
    "cookies, a referrer and another origin": lambda path: whole(
        path, f"{PROXIED}{URLENCODED}Cookie: session=x\r\nReferer: https://mail.example/\r\nOrigin: null\r\n", FIELD
    ),
    "a body that waits to be asked for": lambda path: whole(
        path, f"{PROXIED}{URLENCODED}Expect: 100-continue\r\n", FIELD
    ),
}
NO_CLICK: dict[str, Callable[[str], bytes]] = {
    "GET": lambda path: f"GET {path} HTTP/1.1\r\n{PROXIED}\r\n".encode(),
    "HEAD": lambda path: f"HEAD {path} HTTP/1.1\r\n{PROXIED}\r\n".encode(),
    "OPTIONS": lambda path: f"OPTIONS {path} HTTP/1.1\r\n{PROXIED}\r\n".encode(),
    "GET with the field": lambda path: f"GET {path}?{FIELD.decode()} HTTP/1.1\r\n{PROXIED}\r\n".encode(),
    "a POST without the field": lambda path: whole(path, PROXIED + URLENCODED, b""),
    "a POST with the field in the address": lambda path: whole(f"{path}?{FIELD.decode()}", PROXIED + URLENCODED, b""),
    "a body that breaks off": lambda path: whole(path, PROXIED + URLENCODED, FIELD)[:-3],
    "chunks that break off": lambda path: chunked(path, PROXIED + URLENCODED, FIELD)[:-5],
}


@pytest.fixture(scope="module")
def installed(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("web")
    file = folder / "none.env"
    file.touch()
    more = {"PUBLIC_URL": PUBLIC, "TRUSTED_PROXIES": "1", "PORT": str(free_port()), "SETTINGS_FILE": str(file)}
    return environment(database_url, redis_url, folder, **more)


@pytest.fixture(scope="module")
def behind_a_proxy(installed: dict[str, str]) -> Settings:
    return load_settings(installed)


@pytest.fixture(scope="module")
def port(installed: dict[str, str], behind_a_proxy: Settings) -> Iterator[int]:
    """The production web server, where a proxy would find it."""
    with communique("run", "web", environ=installed) as server:
        until(lambda: answers(behind_a_proxy.port), "the web server")
        yield behind_a_proxy.port
        server.send_signal(signal.SIGQUIT)  # at once, without waiting for bodies that never come


def answer(port: int, sent: bytes) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Status, headers and body of what comes back for exactly these bytes; status 0 if nothing does."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        got = http.client.HTTPResponse(connection, method=sent.split(b" ", 1)[0].decode())
        try:
            got.begin()
        except (http.client.HTTPException, ConnectionError):
            return 0, http.client.HTTPMessage(), b""
        return got.status, got.headers, got.read()


def standing(session: Session, subscriber_id: int) -> dict[str, SubscriptionState]:
    session.rollback()
    rows = session.scalars(select(Subscription).where(Subscription.subscriber_id == subscriber_id))
    return {row.topic.slug: row.state for row in rows}


def test_whatever_bytes_a_provider_sends_its_reader_has_left_at_once(
    session: Session, database: Engine, behind_a_proxy: Settings, port: int
) -> None:
    links = Links.from_settings(behind_a_proxy)
    campaign = factories.campaign(session)
    people = {
        name: factories.subscriber(session, behind_a_proxy, f"reader{number}@example.org", "statements", "events").id
        for number, name in enumerate(SAID)
    }
    session.commit()
    wrong = {}
    for name, said in SAID.items():
        path = links.unsubscribe(people[name], campaign.id).removeprefix(PUBLIC)
        for _ in ("first", "again"):
            status, headers, body = answer(port, said(path))
            if (status, headers["Location"], headers["Set-Cookie"]) != (200, None, None) or b"unsubscribed" not in body:
                wrong[name] = (status, dict(headers), body[:200])
        left = {"statements": SubscriptionState.UNSUBSCRIBED, "events": SubscriptionState.CONFIRMED}
        if standing(session, people[name]) != left:
            wrong[name] = "still subscribed"
    assert wrong == {}
    steps = session.scalars(select(ConsentEvent).where(ConsentEvent.kind == ConsentKind.WITHDRAWN)).all()
    assert sorted(step.subscriber_id for step in steps) == sorted(people.values()), "each is written down once"
    assert {step.network for step in steps} <= {"203.0.113.0/24", "127.0.0.0/24"}


def test_nothing_else_is_a_click(session: Session, database: Engine, behind_a_proxy: Settings, port: int) -> None:
    person = factories.subscriber(session, behind_a_proxy, "ana@example.org")
    campaign = factories.campaign(session)
    session.commit()
    path = Links.from_settings(behind_a_proxy).unsubscribe(person.id, campaign.id).removeprefix(PUBLIC)
    before = dump(session)
    for name, said in NO_CLICK.items():
        status, headers, _ = answer(port, said(path))
        assert (status, headers["Location"], headers["Set-Cookie"]) in {(code, None, None) for code in (0, 200, 400)}, (
            name
        )
        assert dump(session) == before, name


def dump(session: Session) -> dict[str, list[str]]:
    """Every row of every table."""
    session.rollback()
    tables = [table.name for table in Base.metadata.sorted_tables]
    return {name: sorted(map(repr, session.execute(text(f'SELECT * FROM "{name}"')))) for name in tables}
