"""Every address that a mail may carry."""

import inspect
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from app.links import Links
from app.tokens import Purpose, Tokens

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TOKENS = Tokens(["a key of the tests, long enough to sign with"])
LINKS = Links("https://news.example.org", TOKENS)
ARGUMENTS = {
    "edit_statement": (3,),
    "campaign": ("8a4f0b8e-0000-4000-8000-000000000000",),
    "staff_link": ("Zm9yLXRlc3RzLW9ubHktYS1rZXktb2YtYS1tYWlsZWQtbGluaw",),
    "statement": ("open-every-door",),
    "image": ("8a4f0b8e-0000-4000-8000-000000000000",),
    "confirm": (7, 12),
    "refuse": (7, 12),
    "preferences": (7,),
    "move": (7,),
    "unsubscribe": (7, 12),
}
NAMES = [name for name, _ in inspect.getmembers(Links, inspect.isfunction) if not name.startswith("_")]


def link(name: str, base: str = "https://news.example.org") -> str:
    return str(getattr(Links(base, TOKENS), name)(*ARGUMENTS.get(name, ())))


@pytest.mark.parametrize("name", NAMES)
def test_a_link_is_a_whole_address_of_this_installation(name: str) -> None:
    url = urlsplit(link(name))
    assert (url.scheme, url.netloc) == ("https", "news.example.org")
    assert url.path.startswith("/")
    assert "//" not in url.path
    assert not url.query
    assert not url.fragment


@pytest.mark.parametrize("name", NAMES)
def test_an_installation_below_a_path_keeps_it_in_every_link(name: str) -> None:
    assert link(name, "https://example.org/news").startswith("https://example.org/news/")


def test_links_that_act_for_a_reader_carry_tokens_of_their_own_purpose() -> None:
    for url, path, purpose, ids in (
        (LINKS.confirm(7, 12, at=NOW), "c", Purpose.CONFIRM, (7, 12)),
        (LINKS.refuse(7, 12, at=NOW), "n", Purpose.REFUSE, (7, 12)),
        (LINKS.preferences(7, at=NOW), "p", Purpose.PREFERENCES, (7,)),
        (LINKS.move(7, at=NOW), "a", Purpose.MOVE, (7,)),
    ):
        before, _, token = url.rpartition("/")
        assert before == f"https://news.example.org/{path}"
        assert TOKENS.read_expired(purpose, token, (int,) * len(ids)) == ids
    token = LINKS.unsubscribe(7, 12).removeprefix("https://news.example.org/u/")
    assert TOKENS.read(Purpose.UNSUBSCRIBE, token, (int, int)) == (7, 12)


def test_links_of_a_dated_mail_are_the_same_every_time() -> None:
    assert LINKS.preferences(7, at=NOW) == LINKS.preferences(7, at=NOW)
    assert LINKS.preferences(7, at=NOW) != LINKS.preferences(7, at=NOW + timedelta(days=1))
    assert LINKS.unsubscribe(7, 12) == LINKS.unsubscribe(7, 12)


def test_two_people_and_two_campaigns_have_different_ways_out() -> None:
    assert len({LINKS.unsubscribe(person, campaign) for person in (7, 8) for campaign in (12, 13)}) == 4


@pytest.mark.parametrize("name", NAMES)
def test_a_link_fits_into_a_header_line(name: str) -> None:
    numbers = tuple(2**53 if isinstance(value, int) else value for value in ARGUMENTS.get(name, ()))
    url = getattr(LINKS, name)(*numbers)
    assert url.isascii()
    assert len(url) < 300
