"""`communique intake < message`, as a mail server pipes into it."""

import subprocess
import sys

from sqlalchemy import select

from app.models import RawReport, ReportSource
from tests.installation import environment
from tests.unit.reports import dsn


def intake(environ, content: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "app.cli", "intake", *arguments]
    return subprocess.run(command, input=content, env=environ, capture_output=True, timeout=60, check=False)


def test_a_message_from_a_pipe_is_stored_once(database_url, redis_url, session, tmp_path):
    environ = environment(database_url, redis_url, tmp_path)
    first = intake(environ, dsn("ana@example.net"), "--recipient", "b+1-x@opendoors.example", "--sender", "<>")
    again = intake(environ, dsn("ana@example.net"), "--recipient", "b+1-x@opendoors.example")
    assert (first.returncode, first.stdout) == (0, b"Stored.\n")
    assert (again.returncode, again.stdout) == (0, b"This one is here already.\n")
    report = session.scalars(select(RawReport)).one()
    assert (report.source, report.recipient) == (ReportSource.PIPE, "b+1-x@opendoors.example")


def test_the_mail_server_keeps_it_while_the_database_is_away(redis_url, tmp_path):
    environ = environment("postgresql+psycopg://nobody@127.0.0.1:1/none", redis_url, tmp_path)
    done = intake(environ, dsn("ana@example.net"))
    assert (done.returncode, b"try again" in done.stderr) == (75, True)
