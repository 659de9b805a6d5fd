"""Logging in to a relay: the mechanism is the best that keeps the password secret, and each says what it must."""

from base64 import b64decode, b64encode

import pytest

from worker.smtp.login import Credentials, Login, NoLogin, choose

WHO = Credentials("office", "päss word")


def decoded(line: bytes) -> bytes:
    return b64decode(line.split()[-1])


@pytest.mark.parametrize(
    ("offered", "in_the_clear", "chosen"),
    [
        ({"PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"}, False, "PLAIN"),
        ({"LOGIN", "CRAM-MD5"}, False, "LOGIN"),
        ({"CRAM-MD5", "GSSAPI"}, False, "CRAM-MD5"),
        ({"PLAIN", "LOGIN", "CRAM-MD5"}, True, "CRAM-MD5"),
    ],
)
def test_the_best_mechanism_that_is_offered_is_chosen(offered, in_the_clear, chosen):
    assert choose(frozenset(offered), WHO, in_the_clear=in_the_clear) == chosen


def test_a_mechanism_that_is_named_is_the_only_one():
    who = Credentials("office", "token", "xoauth2")
    assert choose(frozenset({"PLAIN", "XOAUTH2"}), who, in_the_clear=False) == "XOAUTH2"
    with pytest.raises(NoLogin, match="offers: PLAIN; we know: XOAUTH2"):
        choose(frozenset({"PLAIN"}), who, in_the_clear=False)


@pytest.mark.parametrize("offered", [{"PLAIN"}, {"LOGIN"}, {"PLAIN", "LOGIN"}])
def test_a_password_never_goes_in_the_clear(offered):
    with pytest.raises(NoLogin, match="in the clear"):
        choose(frozenset(offered), WHO, in_the_clear=True)


@pytest.mark.parametrize("offered", [set(), {"GSSAPI"}, {"XOAUTH2"}])
def test_a_relay_that_offers_no_login_that_we_know_is_not_guessed_at(offered):
    with pytest.raises(NoLogin, match="offers no login"):
        choose(frozenset(offered), WHO, in_the_clear=False)


def test_plain_says_name_and_password_in_the_command():
    line = Login("PLAIN", WHO).opening()
    assert line.startswith(b"AUTH PLAIN ")
    assert decoded(line) == "\0office\0päss word".encode()


def test_a_first_response_that_is_too_long_for_a_command_waits_for_the_challenge():
    login = Login("XOAUTH2", Credentials("office", "t" * 2000))
    assert login.opening() == b"AUTH XOAUTH2\r\n"
    assert decoded(login.answer("")) == b"user=office\1auth=Bearer " + b"t" * 2000 + b"\1\1"


def test_login_says_name_and_password_one_after_the_other():
    login = Login("LOGIN", WHO)
    assert login.opening() == b"AUTH LOGIN b2ZmaWNl\r\n"
    assert decoded(login.answer("UGFzc3dvcmQ6")) == "päss word".encode()


def test_cram_md5_gives_the_digest_of_the_standards_own_example():
    login = Login("CRAM-MD5", Credentials("tim", "tanstaaftanstaaf"))
    assert login.opening() == b"AUTH CRAM-MD5\r\n"
    challenge = b64encode(b"<1896.697170952@postoffice.reston.mci.net>").decode()
    assert decoded(login.answer(challenge)) == b"tim b913a602c7eda7a495b4e6e7334d3890"


def test_a_challenge_that_cannot_be_read_is_given_up():
    assert Login("CRAM-MD5", WHO).answer("not base64!") == b"*\r\n"


def test_the_explanation_of_a_refused_token_is_answered_by_an_empty_line():
    login = Login("XOAUTH2", Credentials("office", "old"))
    login.opening()
    assert login.answer("eyJzdGF0dXMiOiI0MDEifQ==") == b"\r\n"


def test_a_question_too_many_is_given_up():
    login = Login("PLAIN", WHO)
    login.opening()
    assert login.answer("again?") == b"*\r\n"


def test_a_password_is_not_shown():
    assert "päss" not in repr(WHO)
