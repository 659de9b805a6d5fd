"""The address of the relay: read once, its password never shown, every wrong form answered with a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.smtp_url import SmtpUrl


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("smtp://localhost", ("localhost", 25, "none", "", "")),
        ("smtp://127.0.0.1:1025", ("127.0.0.1", 1025, "none", "", "")),
        ("smtp://[::1]:1025", ("::1", 1025, "none", "", "")),
        ("smtp://relay?tls=none", ("relay", 25, "none", "", "")),
        ("smtp://relay?tls=starttls", ("relay", 587, "starttls", "", "")),
        ("smtp://ana:pw@relay:2525?tls=starttls", ("relay", 2525, "starttls", "ana", "pw")),
        ("smtps://relay", ("relay", 465, "implicit", "", "")),
        ("smtps://relay?tls=implicit", ("relay", 465, "implicit", "", "")),
        ("  smtps://ana%40example.org:p%2Fw%3A@relay:4465 ", ("relay", 4465, "implicit", "ana@example.org", "p/w:")),
    ],
)
def test_tls_port_and_login_are_what_the_address_says(text: str, expected: tuple[object, ...]) -> None:
    url = SmtpUrl.parse(text)
    assert (url.host, url.port, url.tls, url.user, url.password) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "write it like smtp://"),
        ("relay.example.org:25", "write it like smtp://"),
        ("http://relay.example.org", "write it like smtp://"),
        ("smtp://", "write it like smtp://"),
        ("smtp://:587?tls=starttls", "write it like smtp://"),
        ("smtp://relay:port?tls=starttls", "write it like smtp://"),
        ("smtp://relay:99999?tls=starttls", "write it like smtp://"),
        ("smtp://[::1?tls=none", "write it like smtp://"),
        ("smtp://relay.example.org", "say tls=starttls, or tls=none"),
        ("smtp://relay.example.org?tls=", "say tls=starttls, or tls=none"),
        ("smtp://relay.example.org?tls=ssl", "tls=ssl is unknown"),
        ("smtp://relay.example.org?tls=STARTTLS", "tls=STARTTLS is unknown"),
        ("smtp://relay.example.org?starttls=1", "unknown option starttls"),
        ("smtps://relay.example.org?tls=none", "TLS from the first byte"),
        ("smtps://relay.example.org?tls=starttls", "TLS from the first byte"),
        ("smtp://ana:pw@relay?tls=none", "never sent in the clear"),
        ("smtp://ana:pw@localhost", "never sent in the clear"),
        ("smtps://:pw@relay", "name before the colon"),
        ("smtps://ana:pw@relay?auth=digest-md5", "auth=digest-md5 is unknown: use auth=plain, login"),
        ("smtps://relay?auth=plain", "auth=plain needs a name and a password"),
        ("smtps://ana@relay?auth=xoauth2", "auth=xoauth2 needs a name and a password"),
        ("smtps://relay?weight=3", "unknown option weight"),
    ],
)
def test_each_wrong_form_gets_a_sentence(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".{20}") as refused:
        SmtpUrl.parse(text)
    assert words in str(refused.value)


@pytest.mark.parametrize("password", ["S3cr3t/Word", "S3cr3t#Word", "S3cr3t?Word", "S3cr3t[Word", "S3cr3t@Wo[rd"])
def test_a_password_that_has_to_be_escaped_is_not_repeated_in_the_refusal(password: str) -> None:
    try:
        shown = str(SmtpUrl.parse(f"smtp://ana:{password}@relay:587?tls=starttls"))
    except ValueError as refused:
        shown = str(refused)
    assert "S3cr" not in shown


@given(
    password=st.text(min_size=1).map(lambda text: f"Gr1ffin{text}Gr1ffin"),
    user=st.text(st.characters(codec="utf-8"), min_size=1),
    tls=st.sampled_from(["starttls", "implicit"]),
)
def test_the_address_as_text_never_shows_the_password(password: str, user: str, tls: str) -> None:
    url = SmtpUrl("relay.example.org", 587, tls, user, password)  # type: ignore[arg-type]
    assert "Gr1ffin" not in f"{url} {url!r}"
    assert "***" in str(url)


@given(st.text())
def test_any_text_is_an_address_or_refused_with_a_sentence(text: str) -> None:
    for start in ("", "smtp://", "smtps://ana:pw@relay", "smtp://relay?tls=starttls&"):
        try:
            url = SmtpUrl.parse(start + text)
            good = bool(url.host and url.port)
        except ValueError as refused:
            good = len(str(refused)) > 15
        assert good


@pytest.mark.parametrize(
    ("text", "auth"),
    [("", ""), ("?auth=", ""), ("?auth=plain", "plain"), ("?auth=CRAM-MD5", "cram-md5"), ("?auth=xoauth2", "xoauth2")],
)
def test_the_way_to_log_in_is_what_the_address_says_and_shown_with_it(text: str, auth: str) -> None:
    url = SmtpUrl.parse(f"smtps://ana:pw@relay{text}")
    assert url.auth == auth
    assert str(url) == "smtps://ana:***@relay:465" + (f"?auth={auth}" if auth else "")


def test_host_and_port_are_named_together_and_the_usual_port_is_known() -> None:
    usual, other = SmtpUrl.parse("smtps://[::1]"), SmtpUrl.parse("smtp://relay:2525?tls=starttls")
    assert (usual.place, usual.has_usual_port) == ("[::1]:465", True)
    assert (other.place, other.has_usual_port) == ("relay:2525", False)


@pytest.mark.parametrize("text", ["smtp://[::1]:1025?tls=none", "smtps://relay:465", "smtp://relay:587?tls=starttls"])
def test_an_address_without_a_login_is_shown_as_it_is_written(text: str) -> None:
    assert str(SmtpUrl.parse(text)) == text
