"""What the doctor sees of servers, relays and the public address; nothing is sent and nothing is changed."""

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from app.cli import main
from app.links import NOBODY
from app.relay_settings import parse_relays
from app.services import heartbeats
from app.services.doctor import choices, public_site, relays, servers
from app.services.preflight import outside
from app.tokens import Purpose, Tokens
from tests.certificates import Authority, self_signed
from tests.fake_web import fake_web
from tests.fakes import HANG_UP, fake_smtp
from tests.integration.throttling import emptied

NOW = datetime.now(UTC)


def relay_at(port: int, options: str = "", login: str = ""):
    return parse_relays(f"smtp://{login}127.0.0.1:{port}{options}")[0]


def examined(relay, context=None, now=NOW):
    return list(relays.examine(relay, "news.example.org", now=now, context=context, seconds=2))


def codes(found) -> set[str]:
    return {diagnosis.code for diagnosis in found if diagnosis.level in {"fail", "warn"}}


def test_a_relay_that_answers_is_well_and_gets_no_mail():
    with fake_smtp() as server:
        found = examined(relay_at(server.port))
        assert {diagnosis.level for diagnosis in found} == {"ok"}
        assert server.taken == []
        assert "MAIL" not in server.heard


def test_tls_and_the_login_are_tried():
    authority = Authority()
    with fake_smtp() as server:
        server.tls = authority.server()
        server.users = {"press": "secret"}
        good = relay_at(server.port, "?tls=starttls", "press:secret@")
        assert codes(examined(good, authority.trusted())) == set()
        assert server.logins[-1][1:] == ("press", True)
        bad = examined(relay_at(server.port, "?tls=starttls", "press:wrong@"), authority.trusted())
        assert codes(bad) == {"relay-login"}
        assert "wrong" not in " ".join(diagnosis.words for diagnosis in bad)


@pytest.mark.parametrize("mechanism", ["plain", "login", "xoauth2"])
def test_the_mechanism_that_the_settings_name_is_used(mechanism):
    authority = Authority()
    with fake_smtp() as server:
        server.tls, server.users = authority.server(), {"press": "secret"}
        server.mechanisms = ["PLAIN", "LOGIN", "XOAUTH2"]
        relay = relay_at(server.port, f"?tls=starttls&auth={mechanism}", "press:secret@")
        assert codes(examined(relay, authority.trusted())) == set()
        assert server.logins[-1][0] == mechanism.upper()


def test_a_certificate_that_nobody_vouches_for_or_that_ends_soon_is_named():
    with fake_smtp() as server:
        server.tls = self_signed()
        found = examined(relay_at(server.port, "?tls=starttls"), Authority().trusted())
        assert codes(found) == {"relay-away"}
        assert "certificate isn't valid" in found[0].words
    authority = Authority()
    with fake_smtp() as server:
        server.tls = authority.server(days=5)
        found = examined(relay_at(server.port, "?tls=starttls"), authority.trusted())
        assert codes(found) == {"certificate-ends"}


def test_relays_that_can_not_be_used_say_why():
    with fake_smtp() as server:
        assert "doesn't offer STARTTLS" in examined(relay_at(server.port, "?tls=starttls"))[0].words
        server.script = lambda stage, recipient, count: "554 5.7.1 go away" if stage == "CONNECT" else None
        assert "it answers 554 5.7.1 go away" in examined(relay_at(server.port))[0].words
        server.script = lambda stage, recipient, count: HANG_UP if stage == "CONNECT" else None
        assert codes(examined(relay_at(server.port))) == {"relay-away"}
    assert codes(examined(relay_at(1))) == {"relay-away"}
    assert "there is no such host" in examined(parse_relays("smtps://nowhere.invalid")[0])[0].words


def test_a_relay_that_says_nothing_is_not_waited_for():
    with fake_smtp() as server:
        server.delays["CONNECT"] = 1.0
        began = datetime.now(UTC)
        assert "doesn't answer within" in relays.trouble(relay_at(server.port), "news.example.org", seconds=0.2)
        assert datetime.now(UTC) - began < timedelta(seconds=5)


def test_what_a_relay_cannot_do_is_told():
    with fake_smtp() as server:
        server.extensions = ["SIZE 50000"]
        found = examined(relay_at(server.port))
        assert codes(found) == {"relay-size"}
        assert any("SMTPUTF8" in diagnosis.words for diagnosis in found)


def test_database_and_redis_are_well(settings, session):
    found = [*servers.examine_database(settings), *servers.examine_redis(settings)]
    assert {diagnosis.level for diagnosis in found} == {"ok"}


def test_servers_that_are_away_are_named_without_their_passwords(settings):
    away = settings.model_copy(
        update={
            "database_url": "postgresql+psycopg://me:topsecret@127.0.0.1:1/name",
            "redis_url": "redis://:topsecret@127.0.0.1:1/0",
        }
    )
    found = [
        *servers.examine_database(away), *servers.examine_redis(away), *servers.examine_workers(away, now=NOW),
    ]  # fmt: skip
    assert codes(found) == {"database-away", "redis-away"}
    assert "topsecret" not in " ".join(diagnosis.words for diagnosis in found)


def test_a_schema_of_another_version_is_named(settings, session):
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    session.commit()
    try:
        assert codes(servers.examine_database(settings)) == {"schema"}
    finally:
        from app.migrations import heads

        session.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": heads()[0]})
        session.commit()


def test_missing_workers_and_a_sweep_that_does_not_run_are_named(settings, redis_url):
    emptied(redis_url).close()
    found = list(servers.examine_workers(settings, now=NOW))
    assert [diagnosis.code for diagnosis in found] == ["worker-missing"] * 3
    assert any("statements aren't sent" in diagnosis.words for diagnosis in found)
    pulse = heartbeats.Pulse(redis_url)
    for queue in heartbeats.QUEUES:
        pulse.seen(queue, f"{queue}@here", NOW)
    assert codes(servers.examine_workers(settings, now=NOW)) == {"sweep-late"}
    pulse.swept(NOW)
    assert codes(servers.examine_workers(settings, now=NOW)) == set()
    assert len(codes(servers.examine_workers(settings, now=NOW + timedelta(minutes=5)))) == 1
    emptied(redis_url).close()


def test_the_public_address_answers_and_one_click_works_there(settings):
    with fake_web() as web:
        here = settings.model_copy(update={"public_url": f"http://127.0.0.1:{web.port}"})
        found = list(public_site.examine(here))
        assert {diagnosis.level for diagnosis in found} == {"ok"}
        method, path, headers = web.asked[-1]
        assert method == "POST"
        assert "cookie" not in headers
        token = path.removeprefix("/u/")
        assert Tokens(here.signing_keys).read(Purpose.UNSUBSCRIBE, token, (int, int))[0] == NOBODY


@pytest.mark.parametrize("status", [301, 308, 403, 503])
def test_a_proxy_that_comes_between_the_post_and_the_service_is_named(settings, status):
    with fake_web() as web:
        here = settings.model_copy(update={"public_url": f"http://127.0.0.1:{web.port}"})
        list(public_site.examine(here))
        web.answers[web.asked[-1][1]] = (status, "https://elsewhere.example/")
        assert codes(public_site.examine(here)) == {"one-click"}


def test_a_public_address_that_does_not_answer_says_why(settings):
    authority = Authority()
    with fake_web(self_signed()) as web:
        here = settings.model_copy(update={"public_url": f"https://127.0.0.1:{web.port}"})
        (found,) = public_site.examine(here, context=authority.trusted())
        assert "certificate isn't valid" in found.words
    here = settings.model_copy(update={"public_url": "http://127.0.0.1:1"})
    assert codes(public_site.examine(here)) == {"site-away"}


def test_one_click_for_nobody_is_answered_by_the_real_service(app, settings):
    """What the doctor posts is understood, changes nothing, and is no redirect."""
    from app.links import Links

    path = Links.from_settings(settings).unsubscribe(NOBODY, NOBODY).removeprefix(settings.public_url)
    response = app.test_client().post(path, data={"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert "Location" not in response.headers


def test_choices_that_could_be_better_are_named(settings):
    same = settings.model_copy(update={"service_from": settings.statements_from})
    found = list(choices.examine(same))
    assert codes(found) == {"environment"}
    assert any("one domain" in diagnosis.words for diagnosis in found)
    proxied = settings.model_copy(update={"public_url": "https://news.example.org", "environment": "production"})
    assert codes(choices.examine(proxied)) == {"proxies"}


def test_the_command_says_what_to_mend_and_fails(settings, session):
    local = settings.model_copy(
        update={"relays": parse_relays("smtp://127.0.0.1:1"), "public_url": "http://127.0.0.1:1"}
    )
    result = CliRunner().invoke(main, ["doctor"], obj=local)
    assert result.exit_code == 1
    assert "Relay 127.0.0.1:1\n  FAIL  127.0.0.1:1 can't be used" in result.output
    assert "ok    It answers, and its schema" in result.output
    assert "things will keep mail from arriving" in result.output
    quiet = CliRunner().invoke(main, ["doctor", "--quiet"], obj=local)
    assert "ok  " not in quiet.output


def test_the_preflight_remembers_for_a_while_what_the_relay_said(settings, redis):
    with fake_smtp() as server:
        local = settings.model_copy(update={"relays": (relay_at(server.port),)})
        assert outside._relays(local) == {}
        assert outside._relays(local) == {}
        assert server.connections == 1
    away = settings.model_copy(update={"relays": (relay_at(1),)})
    assert list(outside._relays(away)) == ["127.0.0.1:1"]
    assert [diagnosis.code for diagnosis in outside._sender(settings)] == ["made-up"]
    assert outside._sender(settings) == outside._sender(settings)


def test_without_redis_nothing_is_remembered_and_nothing_breaks(settings):
    local = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0", "relays": (relay_at(1),)})
    assert list(outside._relays(local)) == ["127.0.0.1:1"]
