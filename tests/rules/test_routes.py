"""Guard-rails over every route: who may call it, how a change is authorised, and that looking changes nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.clock import utc_now
from app.console.door import KEY
from app.links import Links
from app.models import Base
from app.services import access, images
from app.services.editions import Press
from app.settings import PROJECT
from app.web.access import READING
from tests import factories

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
SEEN = ("staff_sessions", "seen_at")
WITHOUT_CSRF = {"form", "embed", "token", "one-click", "hook"}


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


def example_path(rule, **known) -> str:
    """A path of this route: with what is known, else with ids that nothing has."""
    values = dict.fromkeys(rule.arguments, "00000000-0000-0000-0000-000000000000")
    for name, converter in rule._converters.items():
        if type(converter).__name__ == "IntegerConverter":
            values[name] = 1
    return rule.build({**values, **{name: known[name] for name in known if name in rule.arguments}})[1]


def signed_in(app, session, *, since=timedelta()):
    """The browser of somebody who signed in so long ago and did nothing since."""
    access.add_staff(session, "ana@opendoors.example", "Ana", "correct horse battery")
    key = access.sign_in(session, "ana@opendoors.example", "correct horse battery", now=utc_now() - since)
    session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[KEY] = key
    return client


def test_every_changing_route_of_staff_refuses_a_request_without_a_csrf_token(app, session):
    client = signed_in(app, session)
    before = dump(session)
    for rule in rules(app):
        if rule.methods & CHANGING and access_of(app, rule) not in WITHOUT_CSRF:
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


def dump(session, without=None) -> dict[str, list[str]]:
    """Every row of every table; `without` names one column, as table and column, that is left out."""
    session.rollback()
    found = {}
    for table in Base.metadata.sorted_tables:
        columns = ", ".join(f'"{column.name}"' for column in table.columns if (table.name, column.name) != without)
        rows = session.execute(text(f'SELECT {columns} FROM "{table.name}"')).all()
        found[table.name] = sorted(map(repr, rows))
    return found


@pytest.fixture
def links(settings) -> Links:
    return Links.from_settings(settings)


def every_link(links: Links, statement, image_id) -> list[str]:
    """One of each URL that a mail may carry."""
    given = {
        "statement": (statement.slug,),
        "image": (str(image_id),),
        "edit_statement": (statement.id,),
        "staff_link": ("a-key-that-was-never-made",),
        "campaign": ("00000000-0000-0000-0000-000000000000",),
        "confirm": (1, 1),
        "refuse": (1, 1),
        "preferences": (1,),
        "move": (1,),
        "unsubscribe": (1, 1),
    }
    names = [name for name, value in vars(Links).items() if not name.startswith("_") and callable(value)]
    return [getattr(links, name)(*given.get(name, ())) for name in names]


@pytest.fixture
def paths(app, session, settings, links) -> list[str]:
    """Every page that can be looked at and every link of a mail, with rows behind them."""
    person = factories.subscriber(session, settings, "ana@example.org")
    started = factories.campaign(session)
    factories.send(session, Press.from_settings(settings), started, now=factories.NOW)
    unsent = factories.statement(session, "Not sent yet")
    picture = images.add(session, (PROJECT / "sample" / "entrance.jpg").read_bytes())
    session.commit()
    assert (person.id, started.statement.id, unsent.id) == (1, 1, 2)
    known = {"slug": started.statement.slug, "image_id": picture.id, "public_id": started.public_id}
    looked_at = [rule for rule in rules(app) if "GET" in rule.methods]
    found = [url.removeprefix(settings.public_url) for url in every_link(links, started.statement, picture.id.hex)]
    found += [example_path(rule, **known) for rule in looked_at]
    found += [example_path(rule, **known, statement_id=unsent.id) for rule in looked_at if "console" in rule.rule]
    return found


def look(client, paths) -> dict[str, int]:
    """Ask for each path without changing anything; gives the status of each GET."""
    seen = {}
    for path in paths:
        for method in ("OPTIONS", "HEAD", "GET"):
            seen[path] = client.open(path, method=method).status_code
            assert seen[path] < 500, f"{method} {path}"
    return seen


def test_no_get_of_any_link_or_page_changes_a_row(app, session, paths):
    before = dump(session)
    look(app.test_client(), paths)
    assert dump(session) == before


def test_no_get_of_staff_changes_more_than_when_their_session_was_seen(app, session, paths):
    client = signed_in(app, session, since=timedelta(hours=1))
    before, all_before = dump(session, without=SEEN), dump(session)
    seen = look(client, paths)
    assert dump(session, without=SEEN) == before
    assert dump(session) != all_before
    assert {seen[f"/console/{page}"] for page in ("", "campaigns", "statements/2", "statements/2/send")} == {200}


def test_no_public_page_makes_a_browser_ask_for_an_icon_that_is_not_there(app, paths):
    client = app.test_client()
    with client.get("/static/mark.svg") as icon:
        assert icon.status_code == 200
    pages = [path for path in paths if not path.startswith(("/console", "/dev"))]
    answers = {path: client.get(path) for path in pages}
    shown = {path: answer.text for path, answer in answers.items() if answer.mimetype == "text/html"}
    assert {"/", "/embed/form", "/embed/check-your-inbox"} <= shown.keys()
    assert [path for path, page in shown.items() if 'rel="icon"' not in page or "mark.svg" not in page] == []


def test_every_link_of_a_mail_leads_to_a_route(app, session, settings, links):
    adapter = app.url_map.bind("localhost")
    statement = factories.statement(session)
    for url in every_link(links, statement, "00000000-0000-0000-0000-000000000000"):
        adapter.match(url.removeprefix(settings.public_url) or "/", method="GET")
