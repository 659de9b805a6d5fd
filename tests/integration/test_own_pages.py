"""Links to our own pages are resolved as the web server would, from one table that can't fall behind the routes."""

import pytest

from app.models import Image, StatementState
from app.services import own_pages
from tests import factories

BASE = "https://news.example.org"


def test_every_public_page_is_known(app, session):
    """Whoever adds a page adds it to the table, or links to it would count as broken."""
    image = Image(media_type="image/png", width=1, height=1, content=b"-")
    session.add(image)
    statement = factories.statement(session)
    session.flush()
    samples = {"slug": statement.slug, "image_id": str(image.id), "language": "en", "token": "a.b", "filename": "x.css"}
    unknown = []
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.rule.startswith(("/console", "/dev")):
            continue
        _, path = rule.build({name: samples[name] for name in rule.arguments}) or ("", "")
        if own_pages.standing(session, BASE + path) not in {"found", "personal"}:
            unknown.append(path)
    assert unknown == []


@pytest.mark.parametrize(
    "path", ["/statements/gone", "/images/00000000-0000-0000-0000-000000000000", "/nowhere", "/images/x"]
)
def test_pages_that_are_not_there_are_missing(session, path):
    assert own_pages.standing(session, BASE + path) == "missing"


def test_a_statement_that_readers_can_not_see_is_missing(session):
    statement = factories.statement(session, published=False)
    assert own_pages.standing(session, f"{BASE}/statements/{statement.slug}") == "missing"
    statement.state = StatementState.WITHDRAWN
    assert own_pages.standing(session, f"{BASE}/statements/{statement.slug}") == "missing"


@pytest.mark.parametrize(
    ("path", "standing"),
    [
        ("", "found"),
        ("/?a=1#b", "found"),
        ("/console/campaigns", "staff"),
        ("/p/abc", "personal"),
        ("/u/abc", "personal"),
    ],
)
def test_pages_that_are_not_everybodys_are_told_apart(session, path, standing):
    assert own_pages.standing(session, BASE + path) == standing
