"""Fetching reports from a mailbox of a real Dovecot: nothing is deleted there before it is stored here."""

import tempfile
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import undefer

from app.database import sessions
from app.intake_address import Mailbox
from app.models import RawReport, ReportSource
from app.services import mailroom
from app.services.doctor import way_back
from tests.integration.dovecot import PASSWORD, Dovecot, dovecot
from tests.integration.servers import nothing_can_be_stored
from tests.unit.reports import dsn, sample
from worker.intake.fetching import fetch


@pytest.fixture(scope="module")
def server():
    with tempfile.TemporaryDirectory(prefix="communique-test-") as name, dovecot(Path(name)) as running:
        yield running


@pytest.fixture
def box(server: Dovecot):
    return Mailbox.parse(f"imaps://bounces:{PASSWORD.replace('/', '%2F')}@127.0.0.1:{server.port}/INBOX")


@pytest.fixture
def collect(server, box, database):
    """Fetch what lies there."""
    return lambda: fetch(box, sessions(database), context=server.trusted)


def contents(session) -> list[bytes]:
    session.expire_all()
    return sorted(row.content for row in session.scalars(select(RawReport).options(undefer(RawReport.content))))


def test_what_lies_there_is_stored_octet_for_octet_and_then_deleted(server, collect, session):
    mails = [sample("eight_bit"), dsn("ana@example.net"), b"\xff\xfe no header at all\r\n"]
    for raw in mails:
        server.put(raw)
    assert collect() == 3
    assert contents(session) == sorted(mails)
    assert server.left() == 0
    assert collect() == 0
    assert session.scalars(select(RawReport.source).distinct()).one() is ReportSource.MAILBOX


def test_what_is_stored_already_is_deleted_without_a_second_copy(server, collect, session):
    for _ in range(2):
        server.put(dsn("ana@example.net"))
    assert collect() == 1
    assert (len(contents(session)), server.left()) == (1, 0)


def test_what_can_not_be_stored_stays_there(server, collect, session):
    server.put(dsn("ana@example.net"))
    with nothing_can_be_stored(session), pytest.raises(SQLAlchemyError):
        collect()
    assert (server.left(), contents(session)) == (1, [])
    assert collect() == 1


def test_a_bomb_is_cut(server, collect, session):
    server.put(b"From: ana@example.net\r\n\r\n" + (b"x" * 76 + b"\r\n") * 200_000)
    assert collect() == 1
    (content,) = contents(session)
    assert len(content) < mailroom.MOST_OCTETS


def test_a_server_that_nobody_vouches_for_is_told_no_password(server, box, database):
    server.put(dsn("ana@example.net"))
    assert fetch(box, sessions(database)) == 0
    assert server.left() == 1


def test_a_wrong_password_and_a_server_that_is_away_lose_nothing(server, collect, box, database):
    server.put(dsn("ana@example.net"))
    wrong = Mailbox(box.host, box.port, box.user, "wrong")
    away = Mailbox(box.host, 1, box.user, PASSWORD)
    assert fetch(wrong, sessions(database), context=server.trusted) == 0
    assert fetch(away, sessions(database), context=server.trusted) == 0
    assert server.left() >= 1
    collect()
    assert server.left() == 0


def test_the_doctor_opens_the_mailbox_and_takes_nothing(server, settings, collect):
    server.put(dsn("ana@example.net"))
    written = f"imaps://bounces:{{}}@127.0.0.1:{server.port}/INBOX"
    for password, level in ((PASSWORD.replace("/", "%2F"), "ok"), ("wrong", "fail")):
        local = settings.model_copy(update={"intake_mailbox": written.format(password)})
        (found,) = way_back.examine(local, context=server.trusted)
        assert (found.level, password in found.words) == (level, False)
    assert server.left() == 1
    assert collect() == 1
