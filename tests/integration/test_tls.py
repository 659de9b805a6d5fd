"""TLS to a relay: verified, never gone without, and nothing before it that matters; logins only behind it."""

import pytest

from app.relay_settings import RelaySettings
from app.smtp_url import SmtpUrl
from tests.certificates import Authority, self_signed
from tests.fakes import fake_smtp
from tests.integration.handing_over import BODY, EXTENSIONS, Desk, envelope, envelopes

AUTHORITY = Authority()
SCHEMES = pytest.mark.parametrize("scheme", ["starttls", "implicit"])


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.relays.close()


@pytest.fixture
def relay():
    with fake_smtp() as fake:
        fake.tls = AUTHORITY.server()
        yield fake


def secured(relay, scheme: str, host: str = "127.0.0.1", login: str = "", query: str = "") -> RelaySettings:
    """The relay's settings, and the relay made to fit."""
    relay.implicit = scheme == "implicit"
    start = "smtps" if relay.implicit else "smtp"
    ends = "" if relay.implicit else "tls=starttls"
    return RelaySettings("a", SmtpUrl.parse(f"{start}://{login}{host}:{relay.port}?{ends}{query}".rstrip("?")))


@SCHEMES
@pytest.mark.parametrize("mode", EXTENSIONS)
def test_messages_go_through_tls(relay, desk, scheme, mode):
    relay.extensions = list(EXTENSIONS[mode])
    desk.open(secured(relay, scheme), tls=AUTHORITY.trusted())
    desk.send([*envelopes(40), envelope(40, data=BODY + b"x" * 60 + b"\r\n" + b"y\r\n" * 400_000)])
    assert desk.ends() == ["accepted"] * 41
    assert max(len(message.raw) for message in relay.taken) > 1_200_000


@SCHEMES
@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        (self_signed(), "self-signed certificate"),
        (AUTHORITY.server("elsewhere.example"), "IP address mismatch"),
        (AUTHORITY.server(days=-1), "certificate has expired"),
        (Authority().server(), "unable to get local issuer certificate"),
    ],
    ids=["self-signed", "another host", "expired", "unknown authority"],
)
def test_a_certificate_that_is_not_right_means_that_nothing_is_sent(relay, desk, scheme, certificate, words):
    relay.tls = certificate
    relay.users = {"office": "secret"}
    desk.open(secured(relay, scheme, login="office:secret@"), tls=AUTHORITY.trusted())
    desk.send(envelopes(1))
    assert "can't be used: its certificate is not accepted" in desk.relays.trouble
    assert words in desk.relays.trouble
    assert [one.id for one in desk.returned] == [0]
    assert (relay.logins, relay.taken) == ([], [])


def test_the_hosts_name_is_verified_and_said(relay, desk):
    relay.tls = AUTHORITY.server("localhost")
    said = []
    relay.tls.sni_callback = lambda sock, name, context: said.append(name)
    desk.open(secured(relay, "implicit", host="localhost"), tls=AUTHORITY.trusted())
    desk.send(envelopes(3))
    assert desk.ends() == ["accepted"] * 3
    assert set(said) == {"localhost"}


def test_the_systems_authorities_are_what_is_trusted_by_default(relay, desk):
    desk.open(secured(relay, "implicit"))
    desk.send(envelopes(1))
    assert "certificate is not accepted" in desk.relays.trouble


def test_a_relay_without_starttls_is_sent_nothing(relay, desk):
    settings = secured(relay, "starttls", login="office:secret@")
    relay.tls = None
    relay.users = {"office": "secret"}
    desk.open(settings, tls=AUTHORITY.trusted())
    desk.send(envelopes(1))
    assert "does not offer STARTTLS, and nothing is sent to it without" in desk.relays.trouble
    assert not {"AUTH", "MAIL", "STARTTLS"} & set(relay.heard)


@pytest.mark.parametrize("injected", [b"250-evil\r\n250 AUTH PLAIN\r\n", b"250", b"454 4.7.0 go on in the clear\r\n"])
def test_words_slipped_in_before_tls_end_the_connection(relay, desk, injected):
    relay.injected = injected
    relay.users = {"office": "secret"}
    desk.open(secured(relay, "starttls", login="office:secret@"), tls=AUTHORITY.trusted())
    desk.send(envelopes(1))
    assert "spoke out of turn" in desk.relays.trouble
    assert (relay.logins, relay.taken) == ([], [])


def test_a_relay_that_speaks_no_tls_where_tls_comes_first_is_away(desk):
    with fake_smtp() as relay:
        settings = secured(relay, "implicit")
        relay.implicit = False
        desk.open(settings, tls=AUTHORITY.trusted())
        desk.send(envelopes(1))
    assert "can't be used: TLS failed" in desk.relays.trouble


@SCHEMES
@pytest.mark.parametrize(
    ("mechanisms", "query", "used"),
    [
        (["PLAIN", "LOGIN"], "", "PLAIN"),
        (["LOGIN"], "", "LOGIN"),
        (["PLAIN", "XOAUTH2"], "auth=xoauth2", "XOAUTH2"),
        (["PLAIN", "LOGIN"], "auth=login", "LOGIN"),
    ],
)
def test_a_login_comes_after_tls_and_only_there(relay, desk, scheme, mechanisms, query, used):
    relay.users, relay.mechanisms = {"office": "secret"}, mechanisms
    joined = f"&{query}" if scheme == "starttls" and query else query
    desk.open(secured(relay, scheme, login="office:secret@", query=joined), tls=AUTHORITY.trusted())
    desk.send(envelopes(3))
    assert desk.ends() == ["accepted"] * 3
    assert set(relay.logins) == {(used, "office", True)}


@pytest.mark.parametrize("mechanism", ["plain", "login", "xoauth2"])
def test_a_refused_login_is_told_and_costs_no_attempt(relay, desk, mechanism):
    relay.users, relay.mechanisms = {"office": "secret"}, [mechanism.upper()]
    settings = secured(relay, "starttls", login="office:wrong@", query=f"&auth={mechanism}")
    desk.open(settings, tls=AUTHORITY.trusted())
    desk.send(envelopes(1))
    assert "can't be used: the relay refused the login: 535 5.7.8 bad name or password" in desk.relays.trouble
    assert [one.id for one in desk.returned] == [0]
    assert "wrong" not in desk.relays.trouble
    assert "MAIL" not in relay.heard
