"""How a conversation begins: greeting, EHLO, TLS and login, without a socket, whatever the server says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.smtp.login import Credentials
from worker.smtp.opening import Opening

WHO = Credentials("office", "secret")
EHLO = b"EHLO news.example\r\n"
HELLO = b"250-mail.example\r\n250-PIPELINING\r\n250-size 1000\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n"


def play(opening: Opening, *steps: bytes) -> list[bytes]:
    """Say each step to it; gives what it answered to each."""
    answers = []
    for step in steps:
        opening.receive(step)
        answers.append(opening.take())
    return answers


def test_a_relay_without_tls_and_login_is_ready_after_ehlo():
    opening = Opening("news.example", "none")
    assert play(opening, b"220-hello\r\n220 there\r\n") == [EHLO]
    assert play(opening, HELLO) == [b""]
    assert opening.ready
    assert opening.extensions["SIZE"] == "1000"
    assert opening.extensions["AUTH"] == "PLAIN LOGIN"


@pytest.mark.parametrize("code", [500, 502])
def test_an_old_server_that_does_not_know_ehlo_is_told_helo(code):
    opening = Opening("news.example", "none")
    answers = play(opening, b"220 hello\r\n", b"%d what?\r\n" % code, b"250 mail.example SIZE 1\r\n")
    assert answers == [EHLO, b"HELO news.example\r\n", b""]
    assert opening.ready
    assert opening.extensions == {}


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([b"554 5.7.1 no service\r\n"], "refused the connection: 554 5.7.1 no service"),
        ([b"554-go\r\n554 away\r\n"], "refused the connection: 554 go away"),
        ([b"421 4.3.2 too many\r\n"], "refused the connection: 421 4.3.2 too many"),
        ([b"220 hi\r\n", b"421 4.3.2 closing\r\n"], "refused our name news.example: 421 4.3.2 closing"),
        ([b"220 hi\r\n", b"550 5.5.4 bad name\r\n"], "refused our name news.example: 550 5.5.4 bad name"),
        ([b"220 hi\r\n", b"500 what\r\n", b"500 what\r\n"], "refused our name"),
        ([b"HTTP/1.1 400 Bad Request\r\n"], "does not speak SMTP: not a reply: HTTP/1.1 400"),
    ],
)
def test_a_relay_that_will_not_have_us_is_quoted(steps, words):
    opening = Opening("news.example", "none")
    play(opening, *steps)
    assert not opening.ready
    assert words in opening.failure


def test_after_starttls_everything_learnt_before_is_forgotten():
    opening = Opening("news.example", "starttls")
    assert play(opening, b"220 hi\r\n", HELLO) == [EHLO, b"STARTTLS\r\n"]
    assert play(opening, b"220 2.0.0 go on\r\n") == [b""]
    assert opening.wants_handshake
    opening.secured()
    assert not opening.wants_handshake
    assert opening.extensions == {}
    assert opening.take() == EHLO
    assert play(opening, b"250-mail.example\r\n250 STARTTLS\r\n") == [b""]
    assert opening.ready
    assert "PIPELINING" not in opening.extensions


@pytest.mark.parametrize("injected", [b"250 evil\r\n", b"250-half", b"250-evil\r\n", b"\x16\x03\x01", b"\r\n", b" "])
def test_words_in_the_clear_behind_the_permission_for_tls_are_an_attack(injected):
    opening = Opening("news.example", "starttls", WHO)
    play(opening, b"220 hi\r\n", HELLO, b"220 go on\r\n" + injected)
    assert not opening.wants_handshake
    assert opening.failure
    assert opening.take() == b""


@pytest.mark.parametrize("answer", [b"250-mail.example\r\n250 PIPELINING\r\n", b"250 mail.example\r\n"])
def test_a_relay_without_the_tls_that_was_asked_for_gets_nothing(answer):
    opening = Opening("news.example", "starttls", WHO)
    assert play(opening, b"220 hi\r\n", answer) == [EHLO, b""]
    assert "does not offer STARTTLS" in opening.failure


def test_a_relay_that_knows_only_helo_gets_nothing_where_tls_was_asked_for():
    opening = Opening("news.example", "starttls")
    play(opening, b"220 hi\r\n", b"502 no\r\n", b"250 hello\r\n")
    assert "does not offer STARTTLS" in opening.failure


def test_tls_that_is_refused_after_all_is_not_gone_without():
    opening = Opening("news.example", "starttls")
    play(opening, b"220 hi\r\n", HELLO, b"454 4.7.0 not now\r\n")
    assert "refused to begin TLS: 454 4.7.0 not now" in opening.failure
    assert not opening.ready


def test_the_login_follows_ehlo():
    opening = Opening("news.example", "implicit", WHO)
    answers = play(opening, b"220 hi\r\n", HELLO, b"235 welcome\r\n")
    assert answers == [EHLO, b"AUTH PLAIN AG9mZmljZQBzZWNyZXQ=\r\n", b""]
    assert opening.ready


def test_an_old_way_of_listing_logins_is_understood():
    opening = Opening("news.example", "implicit", WHO)
    assert play(opening, b"220 hi\r\n", b"250-mail.example\r\n250 AUTH=LOGIN\r\n")[1] == b"AUTH LOGIN b2ZmaWNl\r\n"


def test_a_refused_login_is_quoted():
    opening = Opening("news.example", "implicit", WHO)
    play(opening, b"220 hi\r\n", HELLO, b"535 5.7.8 bad name or password\r\n")
    assert opening.failure == "the relay refused the login: 535 5.7.8 bad name or password"


def test_a_refused_token_is_explained_before_it_is_refused():
    opening = Opening("news.example", "implicit", Credentials("office", "old", "xoauth2"))
    hello = b"250-mail.example\r\n250 AUTH XOAUTH2\r\n"
    answers = play(opening, b"220 hi\r\n", hello, b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n", b"535 5.7.8 expired\r\n")
    assert answers[2:] == [b"\r\n", b""]
    assert opening.failure == "the relay refused the login: 535 5.7.8 expired"


def test_without_tls_no_password_goes_to_another_machine():
    opening = Opening("news.example", "none", WHO)
    assert play(opening, b"220 hi\r\n", HELLO)[1] == b""
    assert "in the clear" in opening.failure


def test_without_tls_a_password_may_go_to_this_machine():
    opening = Opening("news.example", "none", WHO, private=True)
    assert play(opening, b"220 hi\r\n", HELLO)[1].startswith(b"AUTH PLAIN ")


def test_a_server_that_speaks_when_it_should_listen_is_not_trusted():
    opening = Opening("news.example", "none")
    play(opening, b"220 hi\r\n", HELLO + b"421 closing\r\n")
    assert "out of turn" in opening.failure


TRANSCRIPT = [
    b"220-hi\r\n220 there\r\n",
    HELLO,
    b"220 go on\r\n",
    b"250-mail.example\r\n250-CHUNKING\r\n250 AUTH LOGIN\r\n",
    b"334 UGFzc3dvcmQ6\r\n",
    b"235 2.7.0 welcome\r\n",
]


@given(st.data())
def test_replies_may_be_cut_anywhere(data):
    opening, said = Opening("news.example", "starttls", WHO), b""
    for step in TRANSCRIPT:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(step)), max_size=3)))
        for begin, end in zip([0, *cuts], [*cuts, len(step)], strict=True):
            opening.receive(step[begin:end])
            said += opening.take()
        if opening.wants_handshake:
            opening.secured()
            said += opening.take()
    assert opening.ready
    assert opening.extensions == {"CHUNKING": "", "AUTH": "LOGIN"}
    assert said == EHLO + b"STARTTLS\r\n" + EHLO + b"AUTH LOGIN b2ZmaWNl\r\nc2VjcmV0\r\n"


@given(st.lists(st.binary(max_size=60), max_size=8), st.sampled_from(["none", "starttls", "implicit"]))
def test_whatever_a_server_says_nothing_breaks(pieces, tls):
    opening = Opening("news.example", tls, WHO)
    for piece in pieces:
        if not opening.failure and not opening.ready:
            opening.receive(piece)
            if opening.wants_handshake:
                opening.secured()
    assert not (opening.ready and opening.failure)
