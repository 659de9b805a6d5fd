"""Every page of the console in a real browser: nothing to object to in light and dark, and it fits a telephone."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, text
from werkzeug.exceptions import HTTPException

from app.clock import utc_now
from app.models import StaffLinkKind, StaffMember
from app.services.access import mailed_links
from tests.browser.busy_newsroom import FOREIGN_PICTURE, fill
from tests.browser.newsroom import sign_in
from tests.flows.press_office import ADDRESS
from tests.samples import OWN

PARTS = 4
LEAD_ON = {"console.prepare_campaign"}
"""What shows nothing itself."""
MAIL = {"console.show_mail", "console.show_campaign_mail", "console.empty_mail"}
"""A mail in its frame: test_mails looks at those."""
MANY_FACES = {"console.show_campaign", "console.show_statement", "console.show_import"}
"""What looks different in each state; of all others two pages are enough."""
BEFORE = {"console.prove_again": "UPDATE staff_sessions SET proved_at = NULL"}
"""What has to be otherwise to see a page; these come last."""

ASK = "path => fetch(path).then(({ok, url, headers}) => ({ok, url, kind: headers.get('Content-Type') ?? ''}))"

LINKS = """() => [...document.querySelectorAll('a[href^="/console"]')].map(link => link.href)"""


@dataclass(frozen=True)
class Way:
    """One route that can be looked at."""

    endpoint: str
    arguments: frozenset[str]


def ways(app, kind: str) -> list[Way]:
    """All routes of the console that can be looked at by staff, or by those who are on their way in."""
    found = [
        Way(rule.endpoint, frozenset(rule.arguments))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("console.") and "GET" in rule.methods
        and app.view_functions[rule.endpoint].access == kind
    ]  # fmt: skip
    return sorted(found, key=lambda way: (way.endpoint in BEFORE, way.endpoint))


def endpoint_of(app, url: str) -> str:
    try:
        return app.url_map.bind("localhost").match(urlsplit(url).path, method="GET")[0]
    except HTTPException:
        return ""


@pytest.fixture
def elsewhere(look, live_server):
    """Addresses on other servers that a page has asked for."""
    asked = []
    known = live_server.url, FOREIGN_PICTURE
    look.page.on("request", lambda request: request.url.startswith(known) or asked.append(request.url))
    return asked


def pages(app, look, way: Way, worlds, samples):
    """Each address at which this route itself shows a page; and whether it answers at all."""
    adapter, is_answered = app.url_map.bind("localhost"), way.endpoint in LEAD_ON | MAIL
    enough = len(worlds) if way.endpoint in MANY_FACES else 2
    built = (adapter.build(way.endpoint, {name: samples[name](world) for name in way.arguments}) for world in worlds)
    found = []
    for path in dict.fromkeys(built):
        if len(found) == enough:
            break
        answer = look.page.evaluate(ASK, path)
        is_its_own = answer["ok"] and endpoint_of(app, answer["url"]) == way.endpoint
        is_answered |= is_its_own
        if is_its_own and answer["kind"].startswith("text/html") and way.endpoint not in MAIL:
            found.append(path)
    return found, is_answered


def fill_up(newsroom, settings):
    """Something of everything; whoever signs in has a second factor from now on."""
    member = newsroom.scalars(select(StaffMember).where(StaffMember.email == ADDRESS)).one()
    member.totp_secret = b"sealed"
    worlds = fill(newsroom, settings, member)
    newsroom.commit()
    return worlds


def walk(app, look, ways, worlds, samples, newsroom):
    """What is wrong, by address; a route of which no page was shown is wrong as well."""
    found = {}
    for way in ways:
        if way.endpoint in BEFORE:
            newsroom.execute(text(BEFORE[way.endpoint]))
            newsroom.commit()
        paths, is_answered = pages(app, look, way, worlds, samples)
        if not is_answered:
            found[way.endpoint] = ["no sample of tests/samples.py or busy_newsroom.py shows it"]
        for path in paths:
            look.page.goto(path)
            nowhere = [f"leads nowhere: {link}" for link in look.page.evaluate(LINKS) if not endpoint_of(app, link)]
            found[path] = nowhere + [words for words in look.objections() if FOREIGN_PICTURE not in words]
            look.page.complaints.clear()
    return {path: objections for path, objections in found.items() if objections}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_to_object_to_on_any_page_of_staff(live_server, look, newsroom, settings, elsewhere, part):
    sign_in(look.page)
    mine = ways(live_server.app, "staff")[part::PARTS]
    assert walk(live_server.app, look, mine, fill_up(newsroom, settings), OWN, newsroom) == {}
    assert elsewhere == []


def test_nor_on_the_way_in(live_server, look, newsroom, settings, elsewhere):
    worlds = fill_up(newsroom, settings)[:1]
    member = newsroom.get(StaffMember, worlds[0].colleague)
    key = mailed_links.issue(newsroom, member, StaffLinkKind.INVITATION, now=utc_now())
    newsroom.commit()
    samples = {"key": lambda world: key}
    before = ways(live_server.app, "sign-in")
    second = [way for way in before if way.endpoint == "console.second_step"]
    found = walk(live_server.app, look, [way for way in before if way not in second], worlds, samples, newsroom)
    sign_in(look.page)
    assert found | walk(live_server.app, look, second, worlds, samples, newsroom) == {}
    look.go("/console/link/not-one-of-ours")
    assert elsewhere == []
