"""Asking Amazon by https: real conversations over TLS; nothing but a plain answer from the right host counts."""

import pytest

from app.errors import Unavailable
from app.hooks.fetching import MOST_OCTETS, fetch
from tests.certificates import Authority, self_signed
from tests.fake_web import fake_web


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture
def web(authority):
    with fake_web(authority.server()) as web:
        yield web


def test_what_stands_there_is_read_and_no_more_of_it_than_a_certificate_can_be_long(web, authority):
    body = fetch(f"https://127.0.0.1:{web.port}/?Action=A&Token=t", context=authority.trusted())
    assert body.startswith(b"never read")
    assert len(body) <= MOST_OCTETS
    assert [(method, path) for method, path, _ in web.asked] == [("GET", "/?Action=A&Token=t")]


@pytest.mark.parametrize("answer", [(302, "http://127.0.0.1/inside"), (404, ""), (500, ""), (204, "")])
def test_any_other_answer_counts_as_none_and_no_redirect_is_followed(web, authority, answer):
    web.answers["/x.pem"] = answer
    with pytest.raises(Unavailable, match=f"answers {answer[0]}"):
        fetch(f"https://127.0.0.1:{web.port}/x.pem", context=authority.trusted())
    assert len(web.asked) == 1


def test_who_cannot_prove_their_name_is_not_listened_to(authority):
    with fake_web(self_signed()) as web, pytest.raises(Unavailable, match="certificate verify failed"):
        fetch(f"https://127.0.0.1:{web.port}/x.pem", context=authority.trusted())
    assert web.asked == []


def test_nobody_there_is_no_fault_of_the_caller(authority):
    with pytest.raises(Unavailable, match="does not answer"):
        fetch("https://127.0.0.1:1/x.pem")
