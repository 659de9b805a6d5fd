"""The listener as mail servers meet it: over sockets, in LMTP and in SMTP."""

import smtplib
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.cli import main
from app.models import RawReport, ReportSource
from app.services.doctor import way_back
from tests.installation import environment
from tests.integration.servers import answers, communique, nothing_can_be_stored, until
from tests.live_server import free_port
from tests.unit.reports import dsn
from worker.intake.listener import LARGEST

OURS = "b+1-aaaaaaaaaaaaaaaa@opendoors.example"
CLIENTS = {"lmtp": smtplib.LMTP, "smtp": smtplib.SMTP}


@pytest.fixture(scope="module", params=CLIENTS)
def at(request, database_url, redis_url, tmp_path_factory):
    """`communique run listener`: its protocol and port."""
    port = free_port()
    var: Path = tmp_path_factory.mktemp("var")
    environ = environment(database_url, redis_url, var, INTAKE_LISTEN=f"{request.param}://127.0.0.1:{port}")
    with communique("run", "listener", environ=environ):
        until(lambda: answers(port), "the listener")
        yield request.param, port


@pytest.fixture
def client(at, database):
    protocol, port = at
    with CLIENTS[protocol]("127.0.0.1", port, timeout=20) as client:
        client.ehlo("mx.example.net")
        yield client


def stored(session) -> list[RawReport]:
    session.expire_all()
    return list(session.scalars(select(RawReport).options(undefer(RawReport.content))))


def test_a_report_is_stored_before_it_is_taken(client, session):
    client.sendmail("", [OURS], dsn("ana@example.net"))
    (report,) = stored(session)
    assert (report.source, report.recipient, report.sender) == (ReportSource.LISTENER, OURS, "<>")
    assert report.content == dsn("ana@example.net")


def test_many_come_over_one_connection(client, session):
    for number in range(20):
        client.sendmail("", [OURS], dsn(f"r{number}@example.net"))
    assert len(stored(session)) == 20


def test_eight_bit_and_smtputf8_come_through(client, session):
    client.sendmail("jörg@beispiel.example", [OURS], "Subject: Grüße\r\n\r\n.\r\n..\r\n".encode(), ["SMTPUTF8"])
    (report,) = stored(session)
    assert (report.sender, report.content) == ("jörg@beispiel.example", "Subject: Grüße\r\n\r\n.\r\n..\r\n".encode())


def test_mail_for_others_is_refused(client, session):
    client.mail("")
    assert client.rcpt("ana@example.net")[0] == 550
    assert client.rcpt("no-domain")[0] in {501, 550, 553}
    assert stored(session) == []


def test_a_second_recipient_is_told_to_come_again(client, session):
    client.mail("")
    assert client.rcpt(OURS)[0] == 250
    assert client.rcpt("u" + OURS[1:])[0] == 452


def test_what_is_too_large_is_refused_before_and_after_it_came(client, session):
    assert client.docmd(f"MAIL FROM:<> SIZE={LARGEST + 1}")[0] == 552
    client.rset()
    client.mail("")
    client.rcpt(OURS)
    client.putcmd("DATA")
    client.getreply()
    client.send(b"x" * 998 + b"\r\n")
    client.send((b"x" * 998 + b"\r\n") * (LARGEST // 1000 + 10))
    client.send(b".\r\n")
    assert client.getreply()[0] == 552
    assert stored(session) == []


def test_while_the_database_is_away_the_mail_server_keeps_it(client, session):
    with nothing_can_be_stored(session), pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("", [OURS], dsn("ana@example.net"))
    assert refused.value.smtp_code == 451
    client.rset()
    client.sendmail("", [OURS], dsn("ana@example.net"))
    assert len(stored(session)) == 1


def test_the_doctor_and_the_health_check_say_whether_it_answers(at, settings):
    protocol, port = at
    for number, level, code in ((port, "ok", 0), (free_port(), "fail", 1)):
        local = settings.model_copy(update={"intake_listen": f"{protocol}://127.0.0.1:{number}"})
        (found,) = way_back.examine(local)
        assert found.level == level
        assert CliRunner().invoke(main, ["health", "listener"], obj=local).exit_code == code


def test_the_doctor_says_that_nothing_hears_bounces(settings):
    (found,) = way_back.examine(settings)
    assert (found.level, found.code) == ("warn", "deaf")
