"""Subscribers as a file: those whom the list shows, safe in a spreadsheet, noted, for who proved who they are."""

import csv
import io
import stat

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text, update

from app.cli import main
from app.clock import utc_now
from app.models import AuditEntry, Subscriber, SuppressionReason
from app.services import suppressions
from tests import factories
from tests.flows.press_office import PressOffice
from tests.flows.roles import become

PAGE = "/console/subscribers"
ANA = "ana.lima@example.org"


@pytest.fixture
def ana(newsroom, settings) -> Subscriber:
    """Somebody with two topics and a name that a spreadsheet would take for a formula."""
    made = factories.subscriber(newsroom, settings, ANA, "statements", "alerts")
    made.first_name, made.last_name = '=HYPERLINK("x")', "Lima, A."
    suppressions.add(newsroom, made.address_hmac, SuppressionReason.HARD, "550")
    newsroom.commit()
    return made


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def export(office: PressOffice, **asked: str) -> list[dict[str, str]]:
    page = office.open(PAGE).press("Search", **asked) if asked else office.open(PAGE)
    response = page.press("Export as CSV").response
    assert response.mimetype == "text/csv"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="subscribers-')
    return table(response.get_data())


def last_entry(session) -> AuditEntry:
    session.rollback()
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def test_everybody_is_in_the_file_with_where_they_stand(office, newsroom, ana):
    rows = export(office)
    assert len(rows) == 5
    assert rows[0] | {"known_since": ""} == {
        "email": ANA,
        "first_name": '\'=HYPERLINK("x")',
        "last_name": "Lima, A.",
        "language": "en",
        "confirmed": "statements alerts",
        "not_confirmed": "",
        "left": "",
        "not_written_to_because": "hard",
        "paused_until": "",
        "known_since": "",
        "last_confirmed": "2026-11-24T09:00:00+00:00",
    }
    assert rows[0]["known_since"]
    assert [row["not_confirmed"] for row in rows if row["email"].startswith("undecided")] == ["statements"]
    entry = last_entry(newsroom)
    assert (entry.action, entry.details) == ("subscribers.export", {})


@pytest.mark.parametrize(
    ("asked", "expected", "noted"),
    [
        ({"state": "pending"}, ["undecided@example.org"], {"state": "pending"}),
        ({"topic": "alerts"}, [ANA], {"topic": "alerts"}),
        ({"suppressed": "yes"}, [ANA], {"may be written to": False}),
        ({"who": "lima", "language": "en"}, [ANA], {"words": "(some words)", "language": "en"}),
    ],
)
def test_only_those_whom_the_list_shows_are_in_it(office, newsroom, ana, asked, expected, noted):
    assert [row["email"] for row in export(office, **{"who": ""} | asked)] == expected
    assert last_entry(newsroom).details == noted


def test_who_was_erased_is_not_in_it(office, newsroom, ana):
    newsroom.execute(update(Subscriber).where(Subscriber.id == ana.id).values(address="", erased_at=utc_now()))
    newsroom.commit()
    assert len(export(office)) == 4


def test_it_asks_who_it_is_and_goes_on_with_the_same_filter(office, newsroom, ana):
    page = office.open(f"{PAGE}?state=pending")
    newsroom.execute(text("UPDATE staff_sessions SET proved_at = NULL"))
    newsroom.commit()
    asked = page.press("Export as CSV")
    assert asked.status == 401
    assert asked.value("state") == "pending"
    assert last_entry(newsroom).action != "subscribers.export"


def test_who_may_not_take_addresses_away_sees_no_button_and_gets_no_file(office, newsroom, ana):
    become(newsroom, "approver")
    page = office.open(PAGE)
    assert "Export as CSV" not in page.text
    token = page.html.select_one("input[name=csrf_token]")["value"]
    assert office.client.post(f"{PAGE}/export", data={"csrf_token": token}).status_code == 403


def run(settings, *arguments: str):
    return CliRunner().invoke(main, ["subscribers", "export", *arguments], obj=settings)


def test_the_command_writes_the_same_into_a_new_file_that_is_its_owners_alone(newsroom, settings, ana, tmp_path):
    path = tmp_path / "subscribers.csv"
    done = run(settings, "--output", str(path), "--state", "confirmed", "--may")
    assert done.exit_code == 0, done.output
    assert [row["email"][:6] for row in table(path.read_bytes())] == ["reader"] * 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    entry = last_entry(newsroom)
    assert (entry.who, entry.action) == ("command line", "subscribers.export")
    assert entry.details == {"state": "confirmed", "may be written to": True}
    again = run(settings, "--output", str(path))
    assert again.exit_code == 1
    assert "There is a file" in again.output
    assert len(table(path.read_bytes())) == 3


def test_the_command_prints_if_no_file_is_named_and_refuses_what_is_not_there(newsroom, settings, ana, tmp_path):
    done = run(settings, "--words", "lima", "--no-bom")
    assert done.stdout.startswith("email,first_name")
    assert ANA in done.stdout
    path = tmp_path / "none.csv"
    done = run(settings, "--topic", "no-such-topic", "--output", str(path))
    assert done.exit_code == 1
    assert "topic" in done.output
    assert not path.exists()
    assert run(settings, "--output", str(tmp_path / "no" / "folder.csv")).exit_code == 1
