"""Errors are pages too: each says what happened and what to do next, and nothing of the inside."""

import pytest
from bs4 import BeautifulSoup
from werkzeug.exceptions import ServiceUnavailable

from app.errors import Conflict, Expired, Forbidden, Invalid, NotFound, RateLimited
from app.web.access import access

RAISED = {
    400: Invalid("The year is missing."),
    403: Forbidden("Only the author may."),
    404: NotFound("There is no such thing."),
    409: Conflict("It was sent already."),
    410: Expired("This link is too old."),
    429: RateLimited("Too many at once.", retry_after=90),
    500: RuntimeError("secret of the inside"),
    503: ServiceUnavailable(),
}


def failing(error):
    @access("public")
    def view():
        raise error

    return view


@pytest.mark.parametrize("status", RAISED)
def test_a_failure_is_a_page_that_says_what_to_do_next(newsletter, monkeypatch, status):
    monkeypatch.setitem(newsletter.app.view_functions, "information.help_page", failing(RAISED[status]))
    answer = newsletter.get("/help")
    assert answer.status_code == status
    page = BeautifulSoup(answer.text, "lxml")
    assert page.title.get_text().startswith(page.h1.get_text(strip=True))
    assert page.select_one("main a.button[href='/']")
    assert page.select_one("main a[href='mailto:office@opendoors.example']")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_somebody_who_is_too_fast_is_told_how_long_to_wait(newsletter, monkeypatch):
    monkeypatch.setitem(newsletter.app.view_functions, "information.help_page", failing(RAISED[429]))
    assert newsletter.get("/help").headers["Retry-After"] == "90"


@pytest.mark.parametrize("path", ["/subscribe", "/embed/form", "/embed/subscribe", "/p/x", "/u/x", "/c/x?renew"])
def test_what_is_too_large_for_a_form_is_refused_with_a_page(newsletter, path):
    headers = {"Origin": "https://opendoors.example"}
    answer = newsletter.client.post(path, data={"email": "a" * 100_000}, headers=headers)
    assert answer.status_code in {404, 413}
    assert len(answer.data) < 20_000
    if path in {"/subscribe", "/embed/form", "/embed/subscribe"}:
        assert "too large" in answer.text


def test_a_page_that_takes_no_input_names_what_it_does_take(newsletter):
    answer = newsletter.client.post("/help")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_another_host_is_not_answered(newsletter):
    answer = newsletter.get("/", Host="evil.example")
    assert answer.status_code == 400
    assert "evil.example" not in answer.text
