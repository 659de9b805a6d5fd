"""Scanners of links (Safe Links and its like) open every link of every mail, and nobody is confirmed or lost by it."""

import pytest

from app.clock import utc_now
from app.models import DeliveryKind, LetterKind
from tests.browser.every_mail import every_mail, links_of

TEN_SECONDS = 10_000


@pytest.fixture
def mails(newsletter):
    return every_mail(newsletter, utc_now())


@pytest.fixture
def ours(mails, live_server) -> list[str]:
    """The links to this service in all of them, each once."""
    return sorted({link for mail in mails.values() for link in links_of(mail) if link.startswith(live_server.url)})


def test_no_scanner_changes_a_row_whatever_it_opens_runs_and_follows(newsletter, browser, live_server, mails, ours):
    assert mails.keys() == {kind.value for kind in (*DeliveryKind, *LetterKind)}
    doors = {link.removeprefix(live_server.url).split("/")[1] for link in ours}
    assert {"a", "c", "n", "p", "u", "console", "statements"} <= doors
    before = newsletter.everything()

    context = browser.new_context()
    context.clock.install()
    for link in ours:
        for method in ("HEAD", "GET", "OPTIONS"):
            assert context.request.fetch(link, method=method, max_redirects=10).status in {200, 401}, f"{method} {link}"
    pages = [context.new_page() for _ in ours]
    for page, link in zip(pages, ours, strict=True):
        page.goto(link, wait_until="commit")
    for page in pages:
        page.wait_for_load_state()
    context.clock.run_for(TEN_SECONDS)
    shown = {page.url: page.locator("form[method=post] button").count() for page in pages}
    assert sum(map(bool, shown.values())) >= 7, "the pages with buttons were opened"
    context.close()
    live_server.requests.wait_until_idle()

    assert newsletter.everything() == before
    newsletter.press(next(link for link in ours if "/c/" in link))
    assert newsletter.everything() != before, "a press of a button would have shown"
