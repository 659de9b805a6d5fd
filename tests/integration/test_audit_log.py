"""The audit log: found again by who, what and when; a removed or changed row shows."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.cli import main
from app.models import Role
from app.services import access, audit, audit_log
from app.services.audit import Actor, Thing
from app.services.audit_log import PAGE_SIZE, Filters
from tests import factories

NOW = factories.NOW
ANA, BEN = Actor("ana@opendoors.example", 1, "192.0.2.7"), Actor("ben@opendoors.example", 2)
RAMPS = Thing("campaign", "7", "Ramps for all")


def note(session, actor=ANA, action="campaign.send", thing=RAMPS, *, at=NOW, **more):
    audit.record(session, actor, action, thing, now=at, details=more)


def found(session, **filters) -> list[str]:
    return [f"{entry.who[:3]} {entry.action}" for entry in audit_log.search(session, Filters(**filters)).entries]


@pytest.fixture
def entries(session):
    note(session)
    note(session, BEN, "topic.add", Thing("topic", "press_freedom", "100 % press"), at=NOW + timedelta(days=1))
    note(session, BEN, "campaign.pause", at=NOW + timedelta(days=2), reason="a typo", numbers=[1, 2.5], ok=True)
    session.commit()


def test_the_newest_comes_first_and_filters_narrow_it_down(session, entries):
    assert found(session) == ["ben campaign.pause", "ben topic.add", "ana campaign.send"]
    assert found(session, who="BEN@") == ["ben campaign.pause", "ben topic.add"]
    assert found(session, action="topic.add") == ["ben topic.add"]
    assert found(session, thing="ramps") == ["ben campaign.pause", "ana campaign.send"]
    assert found(session, since=NOW + timedelta(hours=1), until=NOW + timedelta(days=2)) == ["ben topic.add"]


def test_who_acted_is_found_by_name_too(session, entries):
    access.add_staff(session, ANA.who, "Ana Lima", "correct horse battery")
    assert found(session, who="a lim") == ["ana campaign.send"]


def test_signs_that_a_pattern_would_read_stand_for_themselves(session, entries):
    assert found(session, thing="%") == ["ben topic.add"]
    assert found(session, thing="s_f") == ["ben topic.add"]
    assert found(session, who="_") == []


def test_a_page_beyond_the_last_is_the_last(session):
    for number in range(PAGE_SIZE + 2):
        note(session, at=NOW + timedelta(minutes=number))
    page = audit_log.search(session, Filters(), 99)
    assert (page.total, page.page, page.pages, len(page.entries)) == (PAGE_SIZE + 2, 2, 2, 2)


def test_a_log_that_nobody_touched_is_whole(session, entries):
    assert list(audit.broken(session)) == []
    assert list(audit.broken(session, newest=1)) == []
    assert list(audit.broken(session, newest=1000)) == []


def without_guard(session, statement: str) -> None:
    """What only somebody can do who rules the database."""
    session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_add_only"))
    session.execute(text(statement))
    session.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER audit_entries_add_only"))
    session.commit()


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET who = 'x' WHERE id = 1", "DELETE FROM audit_entries"])
def test_the_database_refuses_to_change_or_remove_an_entry(session, entries, statement):
    with pytest.raises(DBAPIError, match="audit_entries"):
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "shows"),
    [
        ("UPDATE audit_entries SET who = 'somebody else' WHERE id = 2", [2]),
        ("UPDATE audit_entries SET details = '{}' WHERE id = 3", [3]),
        ("DELETE FROM audit_entries WHERE id = 2", [3]),
        ("DELETE FROM audit_entries WHERE id = 1", [2]),
    ],
)
def test_what_was_changed_or_removed_all_the_same_shows(session, entries, statement, shows):
    without_guard(session, statement)
    session.expire_all()
    assert list(audit.broken(session)) == shows


def test_only_the_newest_can_be_looked_at(session, entries):
    without_guard(session, "UPDATE audit_entries SET who = 'somebody else' WHERE id = 1")
    session.expire_all()
    assert list(audit.broken(session)) == [1]
    assert list(audit.broken(session, newest=2)) == []


def test_how_often_somebody_did_something_lately_is_counted(session):
    member = access.add_staff(
        session, "ana@opendoors.example", "Ana", "a password that is long enough", role=Role.ADMIN
    )
    for minutes, action in ((0, "audit.export"), (50, "subscriber.export"), (55, "campaign.send")):
        note(session, Actor.of(member), action, at=NOW + timedelta(minutes=minutes))
    note(session, BEN, "audit.export", at=NOW + timedelta(minutes=55))
    assert audit_log.count_of(session, member, "%.export", since=NOW) == 2
    assert audit_log.count_of(session, member, "%.export", since=NOW + timedelta(minutes=1)) == 1


def verify(settings, *arguments: str):
    return CliRunner().invoke(main, ["audit", "verify", *arguments], obj=settings)


def test_the_command_says_that_it_is_whole_and_gives_a_seal_that_shows_later_what_was_cut_off(
    session, settings, entries
):
    done = verify(settings)
    assert done.exit_code == 0, done.output
    assert "3 entries; none was removed or changed." in done.output
    seal = done.output.partition("Seal: ")[2].strip()
    assert verify(settings, "--seal", seal).exit_code == 0
    without_guard(session, "DELETE FROM audit_entries WHERE id = 3")
    assert verify(settings).exit_code == 0
    cut = verify(settings, "--seal", seal)
    assert cut.exit_code == 1
    assert "entries at the end were removed" in cut.output
    assert verify(settings, "--seal", "no seal").exit_code == 1


def test_the_command_names_the_entry_at_which_something_is_missing(session, settings, entries):
    without_guard(session, "DELETE FROM audit_entries WHERE id = 2")
    done = verify(settings)
    assert done.exit_code == 1
    assert "entry 3" in done.output


def test_the_command_says_so_where_nothing_was_written_down_yet(database, settings):
    assert "0 entries" in verify(settings).output
