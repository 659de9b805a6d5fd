"""`communique subscribers`: a list is tried, applied and taken back by commands alone."""

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

from app.cli import main
from app.models import AuditEntry, Subscriber
from tests import factories

HOW = (
    "--source",
    "our list at Mailchimp",
    "--date",
    "2024-05-31",
    "--basis",
    "ticked the box",
    "--topic",
    "statements",
)


@pytest.fixture
def run(settings, session):
    # others take their rows back, but not the numbers
    session.execute(text("ALTER SEQUENCE imports_id_seq RESTART"))
    factories.topic(session)
    session.commit()

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, ["subscribers", *words], obj=settings)

    return call


@pytest.fixture
def people(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("email,name\nana@example.org,Ana Lima\nana@example.org,\nno address,\n")
    return str(file)


def addresses(session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Subscriber.address).order_by(Subscriber.address)))


def test_without_apply_it_only_says_what_would_be(run, session, people):
    said = run("import", people, *HOW)
    assert said.exit_code == 0, said.output
    for words in ("added:", "line 4: no address: The @ sign is missing", "communique subscribers apply 1"):
        assert words in said.stdout
    assert addresses(session) == []


def test_it_is_applied_listed_and_taken_back(run, session, people):
    assert (
        "Added: 1 people. To take it back: communique subscribers undo 1"
        in run("import", people, *HOW, "--apply").stdout
    )
    assert addresses(session) == ["ana@example.org"]
    assert "applied    our list at Mailchimp: 1 added, 0 unchanged, 2 refused" in run("list").stdout
    assert "Taken back: 1 of the 1 people" in run("undo", "1").stdout
    assert addresses(session) == [""]
    assert list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))) == [
        "import.begin", "import.apply", "import.undo",
    ]  # fmt: skip


def test_what_was_tried_is_applied_later_or_put_aside(run, session, people):
    run("import", people, *HOW)
    run("import", people, *HOW)
    assert "Put aside" in run("discard", "1").stdout
    assert "Added: 1 people" in run("apply", "2").stdout
    refused = run("undo", "1")
    assert (refused.exit_code, "not possible now" in refused.output) == (1, True)


def test_what_is_missing_or_wrong_is_said_and_nothing_is_kept(run, session, people, tmp_path):
    (tmp_path / "sheet.xlsx").write_bytes(b"PK\x03\x04 [Content_Types].xml")
    (tmp_path / "names.csv").write_text("Name\nAna\n")
    wrong = {
        (people, *HOW[:6]): "topics: Choose at least one topic.",
        (people, *HOW[:2], "--date", "31.5.2024", *HOW[4:]): "date: Say since when they agreed",
        (people, *HOW[:2], "--date", "2999-05-31", *HOW[4:]): "date: This day is still to come",
        (people, *HOW, "--language", "xx"): "language: There is only: en, fr, de, es, ar.",
        (str(tmp_path / "nothing.csv"), *HOW): "can't be read: No such file",
        (str(tmp_path / "sheet.xlsx"), *HOW): "file: This is a spreadsheet.",
        (str(tmp_path / "names.csv"), *HOW): "Line 1: No column is called “email”.",
    }
    for words, expected in wrong.items():
        said = run("import", *words)
        assert said.exit_code == 1, said.output
        assert expected in said.output
    assert addresses(session) == []
