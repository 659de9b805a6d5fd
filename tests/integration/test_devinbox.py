"""The development inbox: mail by real SMTP, read on real pages."""

import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.devinbox.store import Inbox, Writer
from app.errors import NotFound
from app.settings import Settings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "app.devinbox", "127.0.0.1", str(port), str(folder)]
    with subprocess.Popen(command) as server:
        try:
            connect(port).close()
            yield server
        finally:
            server.terminate()


def connect(port: int) -> socket.socket:
    deadline = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=10)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inbox")


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    number = free_port()
    with running(folder, number):
        yield number


def letter(to: str, subject: str, text: str = "Hello", html: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "news@opendoors.example", to, subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def test_a_mail_is_kept_exactly_as_it_was_sent(port: int, folder: Path) -> None:
    raw = b"From: a@opendoors.example\r\nSubject: =?utf-8?q?H=C3=A9llo?=\r\n\r\n.one\r\n..two\r\n.\r\n\r\nend\r\n"
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("bounce+1@opendoors.example", ["ada@example.org"], raw)
    entry = Inbox(folder).messages("ada@example.org").entries[0]
    assert Inbox(folder).get(entry.id).raw == raw
    assert (entry.sender, entry.recipients) == ("bounce+1@opendoors.example", ("ada@example.org",))
    assert (entry.subject, entry.size) == ("Héllo", len(raw))


def test_commands_and_messages_sent_in_one_go_are_each_answered(port: int, folder: Path) -> None:
    begin = b"MAIL FROM:<a@opendoors.example>\r\nRCPT TO:<%s@example.org>\r\nDATA\r\n"
    with connect(port) as line, line.makefile("rb") as answers:
        answers.readline()
        line.sendall(b"EHLO test\r\n")
        offered = [answers.readline() for _ in range(5)]
        assert b"250-PIPELINING\r\n" in offered
        line.sendall(
            begin % b"pipe1" + b"Subject: 1\r\n\r\nx\r\n.\r\n" + begin % b"pipe2" + b"Subject: 2\r\n\r\ny\r\n.\r\n"
        )
        line.sendall(b"QUIT\r\n")
        codes = [answer[:3] for answer in answers.readlines() if answer[3:4] == b" "]
    assert codes[-9:] == [b"250", b"250", b"354", b"250", b"250", b"250", b"354", b"250", b"221"]
    assert Inbox(folder).messages("pipe").total == 2


def test_an_empty_message_does_not_hold_up_the_next_one(port: int, folder: Path) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        client.mail("a@opendoors.example")
        client.rcpt("empty@example.org")
        client.putcmd("data")
        assert client.getreply()[0] == 354
        client.send(b".\r\n")
        assert client.getreply()[0] == 250
        client.send_message(letter("after-empty@example.org", "next"))
    assert Inbox(folder).messages("empty@example.org").total == 2


def test_addresses_beyond_ascii_are_taken(port: int, folder: Path) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(letter("zoë@bücher.example", "Grüße"))
    assert Inbox(folder).messages("zoë@").entries[0].recipients == ("zoë@bücher.example",)


def test_hundreds_of_mails_are_taken_in_seconds(port: int, folder: Path) -> None:
    raw = b"Subject: many\r\n\r\n" + (b"x" * 74 + b"\r\n") * 390
    begun = time.monotonic()
    with smtplib.SMTP("127.0.0.1", port) as client:
        for number in range(500):
            client.sendmail("a@opendoors.example", [f"many{number}@example.org"], raw)
    assert time.monotonic() - begun < 10
    assert Inbox(folder).messages("many").total == 500


def test_after_a_kill_it_goes_on_numbering_and_forgets_only_a_half_written_line(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, port) as server:
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.send_message(letter("one@example.org", "first"))
        server.kill()
    with (tmp_path / "index.jsonl").open("a") as index:
        index.write('{"id": "00000')
    assert [entry.subject for entry in Inbox(tmp_path).all()] == ["first"]
    with running(tmp_path, port), smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(letter("two@example.org", "second"))
    assert [(entry.id, entry.subject) for entry in Inbox(tmp_path).all()] == [("000001", "first"), ("000002", "second")]


def test_the_newest_comes_first_fifty_to_a_page(tmp_path: Path) -> None:
    assert Inbox(tmp_path / "nothing").messages().total == 0
    with closing(Writer(tmp_path)) as writer:
        for number in range(120):
            writer.add(
                "a@opendoors.example", [f"reader{number}@example.org"], b"Subject: Statement %d\r\n\r\n" % number
            )
    first, last = Inbox(tmp_path).messages(), Inbox(tmp_path).messages(page=99)
    assert (first.entries[0].subject, len(first.entries), first.pages, first.total) == ("Statement 119", 50, 3, 120)
    assert (last.number, last.entries[-1].subject) == (3, "Statement 0")
    assert [entry.subject for entry in Inbox(tmp_path).messages("READER7@").entries] == ["Statement 7"]
    with pytest.raises(NotFound):
        Inbox(tmp_path).get("../../etc/passwd")


@pytest.fixture
def site(settings: Settings, tmp_path: Path) -> Flask:
    return create_app(settings.model_copy(update={"var_dir": tmp_path}))


@pytest.fixture
def client(site: Flask) -> FlaskClient:
    return site.test_client()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with closing(Writer(tmp_path / "inbox")) as writer:
        yield writer


def test_an_empty_inbox_says_how_to_get_mail_into_it(client: FlaskClient) -> None:
    answer = client.get("/dev/inbox", base_url="http://localhost:8000")
    assert answer.status_code == 200
    assert "No mail yet" in answer.text
    assert "http://localhost:8000/subscribe" in answer.text


def test_a_message_can_be_found_and_read_in_all_its_forms(client: FlaskClient, writer: Writer) -> None:
    message = letter("ada@example.org", "Ramps & <lifts>", "See https://opendoors.example", "<p>See <b>this</b></p>")
    message["X-Mark"] = "seen"
    writer.add("bounce@opendoors.example", ["ada@example.org"], message.as_bytes().replace(b"\n", b"\r\n"))
    listed = client.get("/dev/inbox?q=ADA", base_url="http://localhost:8000").text
    assert 'href="/dev/inbox/000001"' in listed
    assert "Ramps &amp; &lt;lifts&gt;" in listed
    page = client.get("/dev/inbox/000001", base_url="http://localhost:8000").text
    assert 'href="https://opendoors.example"' in page
    assert "X-Mark: seen" in page
    assert "bounce@opendoors.example" in page
    raw = client.get("/dev/inbox/000001/raw", base_url="http://localhost:8000")
    assert raw.data == message.as_bytes().replace(b"\n", b"\r\n")
    assert raw.headers["Content-Disposition"] == 'attachment; filename="000001.eml"'
    assert "No message with" in client.get("/dev/inbox?q=nobody", base_url="http://localhost:8000").text


def test_the_html_of_a_mail_is_kept_in_a_cage(client: FlaskClient, writer: Writer) -> None:
    message = letter("ada@example.org", "x", "text", "<head></head><script>alert(1)</script><a href='/c/1'>go</a>")
    writer.add("b@opendoors.example", ["ada@example.org"], message.as_bytes().replace(b"\n", b"\r\n"))
    answer = client.get("/dev/inbox/000001/html", base_url="http://localhost:8000")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert '<base target="_top">' in answer.text


def test_a_message_that_is_not_there_is_a_page_too(client: FlaskClient) -> None:
    assert client.get("/dev/inbox/000009", base_url="http://localhost:8000").status_code == 404


def test_in_production_there_is_no_inbox(settings: Settings) -> None:
    production = settings.model_copy(update={"environment": "production"})
    answer = create_app(production).test_client().get("/dev/inbox", base_url="http://localhost:8000")
    assert answer.status_code == 404
