"""Asking other people's servers: what is there, what isn't, and that nobody can make us ask our own network."""

import socket
import time

import pytest

from app.services.link_check import MOST_LINKS, LinkCheck
from tests.certificates import Authority, self_signed
from tests.fake_web import fake_web

PUBLIC = "93.184.215.14"


class Way:
    """The way out: names lead where the test says, and every connection lands at the fake, whatever its address."""

    def __init__(self, port: int, names: dict[str, list[str]] | None = None) -> None:
        self.port = port
        self.names = names or {}
        self.looked_up: list[str] = []
        self.connected: list[tuple[str, int]] = []

    def resolve(self, host: str, port: int) -> list[str]:
        self.looked_up.append(host)
        found = self.names.get(host, [PUBLIC])
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return found

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        self.connected.append((address, port))
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def check(self, **options) -> LinkCheck:
        return LinkCheck(self.resolve, self.connect, **options)


def test_a_page_that_is_there_is_found_and_its_body_is_never_asked_for():
    with fake_web() as web:
        way = Way(web.port)
        result = way.check().ask("http://example.net/report?year=2026#figures")
        assert (result.outcome, result.words) == ("found", "it is there")
        assert web.asked[0][:2] == ("HEAD", "/report?year=2026")
        headers = web.asked[0][2]
        assert headers["host"] == "example.net"
        assert "cookie" not in headers
        assert way.connected == [(PUBLIC, 80)]


def test_a_server_that_takes_no_head_is_asked_by_get():
    with fake_web() as web:
        web.no_head = True
        way = Way(web.port)
        assert way.check().ask("http://example.net/").outcome == "found"
        assert web.methods == ["HEAD", "GET"]
        assert way.looked_up == ["example.net"]


@pytest.mark.parametrize(
    ("status", "outcome", "words"),
    [
        (404, "gone", "no such page"),
        (410, "gone", "no such page"),
        (403, "unsure", "answers 403"),
        (503, "unsure", "503"),
    ],
)
def test_what_a_server_says_is_told(status, outcome, words):
    with fake_web() as web:
        web.answers["/page"] = (status, "")
        result = Way(web.port).check().ask("http://example.net/page")
        assert result.outcome == outcome
        assert words in result.words


def test_a_redirect_is_reported_and_not_followed():
    with fake_web() as web:
        web.answers["/old"] = (301, "http://169.254.169.254/latest/meta-data")
        result = Way(web.port).check().ask("http://example.net/old")
        assert result.outcome == "moved"
        assert "http://169.254.169.254/latest/meta-data" in result.words
        assert len(web.asked) == 1


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("http://127.0.0.1/", ["127.0.0.1"]),
        ("http://169.254.169.254/latest/meta-data/", ["169.254.169.254"]),
        ("http://[::ffff:127.0.0.1]/", ["::ffff:127.0.0.1"]),
        ("http://intranet/", ["10.0.0.5"]),
        ("http://2130706433/", ["127.0.0.1"]),
        ("http://metadata.example.net/", ["fd00:ec2::254"]),
        ("http://rebinding.example.net/", [PUBLIC, "127.0.0.1"]),
    ],
)
def test_nothing_inside_a_network_is_ever_connected_to(url, addresses):
    with fake_web() as web:
        way = Way(web.port)
        way.resolve = lambda host, port: addresses
        result = way.check().ask(url)
        assert result.outcome == "refused"
        assert "private network" in result.words
        assert (way.connected, web.asked) == ([], [])


def test_a_name_that_leads_elsewhere_the_second_time_is_not_asked_a_second_time():
    """DNS rebinding: the address that was judged is the one that is connected to, for HEAD and for GET."""
    with fake_web() as web:
        web.no_head = True
        answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
        way = Way(web.port)
        way.resolve = lambda host, port: next(answers)
        assert way.check().ask("http://example.net/").outcome == "found"
        assert way.connected == [(PUBLIC, 80), (PUBLIC, 80)]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.net/", "file:///etc/passwd", "gopher://example.net/", "http://example.net:6379/", "https:///path",
        "http://example.net:80@127.0.0.1/", "http://user:password@example.net/", "https://example.net:80/",
    ],
)  # fmt: skip
def test_other_schemes_ports_and_logins_are_not_asked(url):
    way = Way(1)
    assert way.check().ask(url).outcome == "refused"
    assert way.connected == []


@pytest.mark.parametrize(
    ("url", "outcome"),
    [("http://[::1", "unsure"), ("http://example.net:99999/", "unsure"), ("http://exa mple.net/", "unsure")],
)
def test_what_is_no_address_at_all_breaks_nothing(url, outcome):
    with fake_web() as web:
        assert Way(web.port).check().ask(url).outcome in {outcome, "found", "refused"}


def test_a_host_that_does_not_exist_and_one_that_takes_nobody_are_gone():
    way = Way(1, {"gone.example.net": []})
    assert "no such host" in way.check().ask("http://gone.example.net/").words
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert "takes no connections" in Way(closed.getsockname()[1]).check().ask("http://example.net/").words


def test_a_server_that_trickles_is_left_after_its_time():
    with fake_web() as web:
        web.slow.add("/slow")
        began = time.monotonic()
        result = Way(web.port).check(seconds=0.3).ask("http://example.net/slow")
        assert result.outcome == "unsure"
        assert time.monotonic() - began < 3


def test_certificates_are_checked_by_the_name_in_the_link():
    authority = Authority()
    with fake_web(authority.server("example.net")) as web:
        good = Way(web.port).check(context=authority.trusted())
        assert good.ask("https://example.net/").outcome == "found"
        other = good.ask("https://example.com/")
        assert other.outcome == "gone"
        assert "certificate" in other.words
    with fake_web(self_signed()) as web:
        assert "certificate" in Way(web.port).check(context=authority.trusted()).ask("https://example.net/").words


def test_international_addresses_are_asked_in_ascii():
    with fake_web() as web:
        way = Way(web.port)
        assert way.check().ask("http://bücher.example.net/straße und weg?q=ä").outcome == "found"
        assert way.looked_up == ["xn--bcher-kva.example.net"]
        assert web.asked[0][1] == "/stra%C3%9Fe%20und%20weg?q=%C3%A4"


def test_many_links_are_asked_at_once_each_once_and_fifty_at_most():
    with fake_web() as web:
        urls = [f"http://example.net/{number}" for number in range(60)]
        results = Way(web.port).check().check([urls[0], *urls])
        assert [result.url for result in results] == urls[:MOST_LINKS]
        assert {result.outcome for result in results} == {"found"}
