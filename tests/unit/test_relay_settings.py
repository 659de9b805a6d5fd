"""The relays as they are written: one or several, with options, each slip answered with a sentence."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.relay_settings import RelaySettings, parse_relays
from app.smtp_url import SmtpUrl

EVERYTHING = (
    "smtps://ana:pw@relay.example:465?auth=plain&name=a&weight=3&connections=5&all_connections=10"
    "&messages_per_connection=100&per_second=200&per_hour=10000&per_day=100000&retry=direct&ramp_from=2026-11-25"
)


def test_a_relay_is_what_its_options_say() -> None:
    assert RelaySettings.parse(EVERYTHING) == RelaySettings(
        name="a",
        url=SmtpUrl("relay.example", 465, "implicit", "ana", "pw", "plain"),
        weight=3,
        connections=5,
        all_connections=10,
        messages_per_connection=100,
        per_second=200,
        per_hour=10_000,
        per_day=100_000,
        retry="direct",
        ramp_from=date(2026, 11, 25),
    )


def test_what_is_not_said_is_not_limited() -> None:
    relay = RelaySettings.parse("smtps://relay.example")
    assert not relay.is_limited
    assert (relay.weight, relay.connections, relay.all_connections, relay.retry) == (1, 10, 0, "relay")


@pytest.mark.parametrize("option", ["per_second=1", "per_hour=1", "per_day=1", "ramp_from=2026-11-25"])
def test_each_kind_of_limit_makes_it_limited(option: str) -> None:
    assert RelaySettings.parse(f"smtps://relay.example?{option}").is_limited


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("smtps://relay.example", "relay.example"),
        ("smtp://relay.example:587?tls=starttls", "relay.example"),
        ("smtp://127.0.0.1:1025", "127.0.0.1:1025"),
        ("smtp://[::1]:1025", "[::1]:1025"),
        ("smtp://[::1]", "[::1]:25"),
        ("smtps://relay.example?name=Main-relay_2.b", "Main-relay_2.b"),
    ],
)
def test_a_relay_has_a_name_that_people_can_read(url: str, name: str) -> None:
    assert RelaySettings.parse(url).name == name


def test_several_relays_stand_behind_one_another_or_on_lines_of_their_own() -> None:
    relays = parse_relays("\n smtps://a.example?weight=2\n\tsmtp://b.example?tls=starttls&name=b  ")
    assert [(relay.name, relay.weight) for relay in relays] == [("a.example", 2), ("b", 1)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("weight=0", "weight= is a whole number from 1 to 1000, not “0”"),
        ("weight=x", "weight= is a whole number"),
        ("per_second=-1", "per_second= is a whole number from 0"),
        ("per_second=1.5", "per_second= is a whole number"),
        ("per_day=999999999", "per_day= is a whole number from 0 to 100000000"),
        ("connections=0", "connections= is a whole number from 1"),
        ("retry=often", "retry= is relay (it retries recipients itself) or direct"),
        ("ramp_from=tomorrow", "ramp_from= is a day such as 2026-11-25"),
        ("name=", ""),
        ("name=a,b", "name= is made of"),
        (f"name={'a' * 61}", "at most 60"),
        ("per_minute=5", "unknown option per_minute: known are tls, auth, name, weight, connections"),
        ("weight=2&weight=3", "the option weight is given twice"),
        ("tls=starttls", "TLS from the first byte"),
        ("auth=plain", "needs a name and a password"),
    ],
)
def test_each_wrong_option_is_named_and_says_what_to_write(options: str, words: str) -> None:
    if not words:
        assert parse_relays(f"smtps://relay.example?{options}")[0].name == "relay.example"
        return
    with pytest.raises(ValueError, match=r".{20}") as refused:
        parse_relays(f"smtps://relay.example?{options}")
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "name at least one relay"),
        ("smtps://a.example smtps://b.example?weight=x", "relay 2 of 2: weight="),
        (
            "smtps://a.example smtps://a.example",
            "2 relays have the name a.example: give each one of its own with name=",
        ),
        ("smtps://a.example?name=x smtps://b.example?name=x", "2 relays have the name x"),
        (f"smtps://{'a' * 57}.example", "add name="),
    ],
)
def test_wrong_relays_are_refused_with_their_place(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".{20}") as refused:
        parse_relays(text)
    assert words in str(refused.value)


def test_a_relay_is_shown_as_it_is_written_without_its_password() -> None:
    shown = str(RelaySettings.parse(EVERYTHING))
    assert shown == EVERYTHING.replace(":pw@", ":***@")
    assert str(RelaySettings.parse("smtp://relay.example:587?tls=starttls")) == "smtp://relay.example:587?tls=starttls"


@given(
    weight=st.integers(1, 1000),
    per_second=st.integers(0, 10**8),
    ramp_from=st.none() | st.dates(),
    retry=st.sampled_from(["relay", "direct"]),
)
def test_what_is_shown_can_be_read_again(weight: int, per_second: int, ramp_from: date | None, retry: str) -> None:
    url = SmtpUrl("relay.example", 2525, "starttls")
    relay = RelaySettings("b", url, weight=weight, per_second=per_second, retry=retry, ramp_from=ramp_from)  # type: ignore[arg-type]
    assert parse_relays(str(relay)) == (relay,)


@pytest.mark.parametrize(
    "text",
    [
        "smtp://ana:S3c?r3t@relay?tls=starttls&weight=2",
        "smtp://ana:S3c#r3t@relay?tls=starttls",
        "smtp://ana:S3c r3t@relay?tls=starttls",
        "smtp://ana:S3c%23r3t@relay?tls=starttls&weight=S3c@r3t",
        "smtp://ana:S3c?name=r3t@relay",
    ],
)
def test_a_password_that_was_not_escaped_is_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r".{20}") as refused:
        parse_relays(text)
    assert "S3c" not in str(refused.value)
    assert "r3t" not in str(refused.value)


@given(st.text())
def test_any_text_is_relays_or_refused_with_a_sentence(text: str) -> None:
    for start in ("", "smtps://relay?", "smtps://ana:pw@relay", "smtp://relay?tls=none&name="):
        try:
            good = all(relay.name for relay in parse_relays(start + text))
        except ValueError as refused:
            good = len(str(refused)) > 15
        assert good
