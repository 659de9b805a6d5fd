"""Guard-rails over every route: who may call it, how a change is authorised, and that looking changes nothing."""

import pytest
from sqlalchemy import text

from app.links import Links
from app.models import Base
from app.services import campaigns
from app.services.editions import Press
from app.tokens import Tokens
from app.web.access import READING
from tests import factories

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
WITHOUT_CSRF = {"form", "embed", "token", "one-click"}


def rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def access_of(app, rule) -> str | None:
    return getattr(app.view_functions[rule.endpoint], "access", None)


def test_every_route_says_who_may_call_it(app):
    silent = [str(rule) for rule in rules(app) if access_of(app, rule) is None]
    assert silent == []


def test_no_route_that_changes_something_is_open_to_reading_only(app):
    wrong = [str(rule) for rule in rules(app) if rule.methods & CHANGING and access_of(app, rule) in READING]
    assert wrong == []


def example_path(rule) -> str:
    values = dict.fromkeys(rule.arguments, "00000000-0000-0000-0000-000000000000")
    converters = rule._converters
    for name, converter in converters.items():
        if type(converter).__name__ == "IntegerConverter":
            values[name] = 1
    return rule.build(values)[1]


def test_every_changing_route_of_staff_refuses_a_request_without_a_csrf_token(app, session, settings):
    from app.services import access

    access.add_staff(session, "ana@opendoors.example", "Ana", "correct horse battery")
    key = access.sign_in(session, "ana@opendoors.example", "correct horse battery", now=factories.NOW)
    session.commit()
    before = dump(session)
    for rule in rules(app):
        if rule.methods & CHANGING and access_of(app, rule) not in WITHOUT_CSRF:
            client = app.test_client()
            with client.session_transaction() as cookie:
                cookie["key"] = key
            answer = client.post(example_path(rule), data={})
            assert answer.status_code == 400, f"{rule}: {answer.status_code}"
    assert dump(session) == before


def test_every_changing_public_route_refuses_a_request_without_its_token_or_origin(app, session):
    before = dump(session)
    for rule in rules(app):
        if rule.methods & CHANGING and access_of(app, rule) in WITHOUT_CSRF:
            answer = app.test_client().post(example_path(rule), data={"email": "a@example.org"})
            assert answer.status_code in {400, 403, 404}, f"{rule}: {answer.status_code}"
    assert dump(session) == before


def dump(session) -> dict[str, list[str]]:
    """Every row of every table, but for the moment at which a session was last seen."""
    session.rollback()
    found = {}
    for table in Base.metadata.sorted_tables:
        columns = ", ".join(f'"{column.name}"' for column in table.columns if column.name != "seen_at")
        rows = session.execute(text(f'SELECT {columns} FROM "{table.name}"')).all()
        found[table.name] = sorted(map(repr, rows))
    return found


@pytest.fixture
def links(settings) -> Links:
    return Links(settings.public_url, Tokens(settings.signing_keys))


def every_link(links: Links, statement, image_id) -> list[str]:
    """One of each URL that a mail may carry."""
    given = {
        "statement": (statement.slug,),
        "image": (str(image_id),),
        "edit_statement": (statement.id,),
        "confirm": (1, 1),
        "refuse": (1, 1),
        "preferences": (1,),
        "unsubscribe": (1, 1),
    }
    names = [name for name in vars(Links) if not name.startswith("_") and callable(getattr(links, name))]
    return [getattr(links, name)(*given.get(name, ())) for name in names]


def test_no_get_of_any_link_or_page_changes_a_row(app, session, settings, links):
    person = factories.subscriber(session, settings, "ana@example.org")
    campaign = factories.campaign(session)
    campaigns.send(session, Press.from_settings(settings), campaign, now=factories.NOW)
    session.commit()
    assert person.id == 1
    before = dump(session)
    paths = [url.removeprefix(settings.public_url) for url in every_link(links, campaign.statement, "0" * 32)]
    paths += [example_path(rule) for rule in rules(app) if "GET" in rule.methods]
    for path in paths:
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = app.test_client().open(path, method=method)
            assert answer.status_code < 500, f"{method} {path}"
    assert dump(session) == before


def test_every_link_of_a_mail_leads_to_a_route(app, session, settings, links):
    adapter = app.url_map.bind("localhost")
    statement = factories.statement(session)
    for url in every_link(links, statement, "00000000-0000-0000-0000-000000000000"):
        adapter.match(url.removeprefix(settings.public_url) or "/", method="GET")
