"""The audit page: what was done in plain words, narrowed down, exported, and whether it is whole."""

import csv
import io

import pytest
from sqlalchemy import select, text

from app.models import AuditEntry
from app.services import audit
from app.services.audit import Actor, Thing
from tests import factories
from tests.flows.roles import become

PAGE = "/console/audit"


@pytest.fixture
def entries(newsroom):
    """Three acts of two people."""
    for number, (who, action, name) in enumerate(
        [
            ("ana@opendoors.example", "campaign.send", "Ramps for all"),
            ("=cmd|' /C calc'!A0", "topic.add", "Press <b>freedom</b>"),
            ("ana@opendoors.example", "mystery.act_of_magic", "Something"),
        ]
    ):
        thing = Thing("topic", f"topic-{number}", name)
        audit.record(newsroom, Actor(who), action, thing, now=factories.NOW, details={"before": 1, "after": True})
    newsroom.commit()


def rows(page) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in page.html.select("tbody tr")]


def test_what_was_done_stands_there_in_words_newest_first(office, entries):
    found = [row for row in rows(office.open(PAGE)) if "topic-" not in row]
    assert "mystery: act of magic" in found[0]
    assert "Added a topic Press <b>freedom</b>" in found[1]
    assert "Sent a campaign Ramps for all" in found[2]
    assert "change: from 1 to yes" in found[2]


def test_filters_narrow_it_down_and_an_address_shows_the_same_again(office, entries):
    page = office.open(f"{PAGE}?who=ana&action=campaign.send&since=2026-11-24&until=2026-11-24")
    assert len(rows(page)) == 1
    assert (page.value("who"), page.value("since")) == ("ana", "2026-11-24")
    assert rows(office.open(f"{PAGE}?until=2026-11-23")) == []
    assert "Nothing like that was written down" in office.open(f"{PAGE}?until=2026-11-23").text


def test_a_day_that_is_none_is_said(office, entries):
    page = office.open(f"{PAGE}?since=yesterday")
    assert page.html.select_one(".error-summary")
    assert page.value("since") == "yesterday"


def test_it_is_exported_as_a_table_that_runs_nothing_and_that_is_written_down_too(office, newsroom, entries):
    done = office.open(f"{PAGE}?action=topic.add").press("Export as CSV").response
    assert done.mimetype == "text/csv"
    assert "attachment" in done.headers["Content-Disposition"]
    (header, row) = csv.reader(io.StringIO(done.get_data(as_text=True).removeprefix("\ufeff"), newline=""))
    assert dict(zip(header, row, strict=True)) | {"at": ""} == {
        "at": "",
        "who": "'=cmd|' /C calc'!A0",
        "action": "topic.add",
        "words": "Added a topic",
        "object type": "topic",
        "object id": "topic-1",
        "object": "Press <b>freedom</b>",
        "details": '{"after": true, "before": 1}',
        "network": "",
    }
    entry = newsroom.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.action, entry.details) == ("audit.export", {"filters": {"action": "topic.add"}})


def test_exports_are_limited(office, newsroom, entries):
    page = office.open(PAGE)
    answers = [page.press("Export as CSV").status for _ in range(21)]
    assert answers == [200] * 20 + [429]


def test_an_export_asks_who_it_is_if_that_was_long_ago(office, newsroom, entries):
    newsroom.execute(text("UPDATE staff_sessions SET proved_at = NULL"))
    newsroom.commit()
    page = office.open(PAGE).press("Export as CSV")
    assert page.response.mimetype == "text/html"
    assert page.status == 401
    assert "password" in page.text.lower()


def test_the_page_says_that_the_log_is_whole_or_where_it_is_not(office, newsroom, entries):
    assert "no entry was removed or changed" in office.open(PAGE).text
    newsroom.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_add_only"))
    newsroom.execute(text("UPDATE audit_entries SET who = 'nobody' WHERE action = 'campaign.send'"))
    newsroom.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER audit_entries_add_only"))
    newsroom.commit()
    for address in (PAGE, f"{PAGE}?check=all"):
        assert "The log is not whole" in office.open(address).text


@pytest.mark.parametrize("role", ["viewer", "author", "approver"])
def test_only_admins_read_it(office, newsroom, role):
    become(newsroom, role)
    page = office.open(PAGE)
    assert page.status == 403
    assert "ask" not in page.text or "Inés" not in page.text
    assert office.client.post("/console/audit/export").status_code in {400, 403}
