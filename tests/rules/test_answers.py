"""Guard-rails over every answer: the headers that browsers keep to, and characters that no database keeps."""

from datetime import timedelta

import pytest

from tests.rules.test_routes import example_path, rules, signed_in

HEADERS = {
    "X-Content-Type-Options": {"nosniff"},
    "Cross-Origin-Opener-Policy": {"same-origin"},
    "Referrer-Policy": {"no-referrer", "same-origin", "strict-origin"},
}
NOBODYS = ["/nothing", "/console/nothing", "/static/nothing.css", "/static/console.css", "/statements/%00"]
NO_ID = "00000000-0000-0000-0000-000000000000"
ASKED = ("who", "q", "thing", "topic", "state", "status", "language", "after", "page", "next", "since")


def wrong(answer) -> list[str]:
    """What an answer lacks (ASVS 3.4)."""
    headers, policy = answer.headers, answer.headers.get("Content-Security-Policy", "")
    found = [name for name, good in HEADERS.items() if headers.get(name) not in good]
    found += [part for part in ("default-src 'none'", "base-uri 'none'", "frame-ancestors ") if part not in policy]
    scripts = policy.partition("script-src ")[2].partition(";")[0]
    found += ["unsafe scripts"] if scripts not in {"", "'self'"} or "allow-scripts" in policy else []
    kept = answer.request.path.startswith(("/static/", "/bootstrap/", "/images/"))
    return found + ([] if kept or headers.get("Cache-Control") else ["Cache-Control"])


@pytest.fixture
def browsers(app, session):
    """That of a stranger, and that of an admin."""
    return app.test_client(), signed_in(app, session, since=timedelta(minutes=1))


def test_every_answer_whatever_it_is_carries_the_headers(app, browsers):
    faults = {}
    for path in [*NOBODYS, *map(example_path, rules(app))]:
        for client in browsers:
            for method in ("GET", "POST", "DELETE", "OPTIONS"):
                with client.open(path, method=method) as answer:
                    if lacks := wrong(answer):
                        faults[f"{method} {path} {answer.status_code}"] = lacks
                    if "Set-Cookie" in answer.headers and not path.startswith("/console"):
                        faults[f"{method} {path}"] = ["a cookie"]
    with browsers[0].get("/console/", headers={"Host": "evil.example"}) as answer:
        assert (answer.status_code, wrong(answer)) == (400, [])
    assert faults == {}


def test_a_character_that_no_database_keeps_breaks_no_page(app, browsers):
    asked = "&".join(f"{name}=%00a" for name in ASKED)
    for rule in rules(app):
        if "GET" in rule.methods:
            for path in (f"{example_path(rule)}?{asked}", example_path(rule).replace(NO_ID, "%00")):
                with browsers[1].get(path) as answer:
                    assert answer.status_code < 500, path
