"""Unsubscribing by mail: the address in the header, read as programs do, leads back to the delivery."""

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import dkim
import pytest

from app.dkim_key import DkimKey
from app.mail.compile import CompiledMessage, compile_newsletter
from app.mail.lint import lint_message
from app.mail.newsletter import render_newsletter
from app.models.reported_event import ReportedKind
from tests.unit.dkim_samples import dns_of, key_file
from tests.unit.mail_samples import BRANDING, LAW, LINKS, LIST, STREAM, read, recipient, statement
from worker.intake import reading

READER = recipient(7)


def compiled(*keys: DkimKey, hears: bool = True) -> CompiledMessage:
    stream = replace(STREAM, keys=keys, hears_leaving=hears)
    return compile_newsletter(render_newsletter(statement(), BRANDING, LINKS), stream, LIST)


def ways_out(raw: bytes) -> list[str]:
    """The addresses of List-Unsubscribe as a mail program takes them apart (RFC 2369 section 2)."""
    return re.findall(r"<([^<>]+)>", str(read(raw)["List-Unsubscribe"]))


def faults(raw: bytes) -> list[str]:
    return [str(one) for one in lint_message(raw, kind="statement", **LAW) if one.code.startswith("U-")]


def test_the_web_address_comes_first_and_then_one_to_write_to():
    web, mail = ways_out(compiled().fill(READER))
    assert web == READER.unsubscribe_url
    parts = urlsplit(mail)
    assert (parts.scheme, parse_qs(parts.query)) == ("mailto", {"subject": ["unsubscribe"]})


def test_a_mail_that_is_sent_there_names_the_delivery():
    sender, raw = compiled().addressed(READER)
    address = urlsplit(ways_out(raw)[1]).path
    mail = f"From: ana@example.net\r\nTo: {address}\r\nSubject: unsubscribe\r\n\r\n".encode()
    (found,) = reading.read(mail, address, "ana@example.net").findings
    assert found.kind is ReportedKind.UNSUBSCRIBE
    assert [STREAM.verp.read(local) for local in found.local_parts] == [7]
    assert address == "u" + sender[1:]


def test_it_passes_the_rules_and_lines_stay_short():
    raw = compiled().fill(recipient(2**62, unsubscribe_url="https://news.example.org/u/" + "a" * 300))
    assert [fault for fault in faults(raw) if "U-12" not in fault] == []
    assert b"=?" not in raw.partition(b"List-Unsubscribe:")[2].partition(b"\r\n\r\n")[0].partition(b"List-Id")[0]
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 998


def test_where_nobody_listens_no_address_to_write_to_is_given():
    assert ways_out(compiled(hears=False).fill(READER)) == [READER.unsubscribe_url]


def test_the_signature_covers_both(tmp_path: Path):
    key = DkimKey.parse(f"2026e:example.org:{key_file(tmp_path, 'ed25519')}")
    raw = compiled(key).fill(READER)
    assert dkim.DKIM(raw).verify(dnsfunc=dns_of(key))
    with_another = raw.replace(b"mailto:u+7-", b"mailto:u+8-")
    assert with_another != raw
    assert not dkim.DKIM(with_another).verify(dnsfunc=dns_of(key))


def test_a_test_mail_unsubscribes_nobody():
    _, mail = ways_out(compiled().fill(recipient(0)))
    assert STREAM.verp.read(urlsplit(mail).path.partition("@")[0]) is None


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("<mailto:u+7-aaaaaaaaaaaaaaaa@b.example?subject=unsubscribe>, <{web}>", "U-01"),
        ("<{web}>, <mailto:office@example.org>", "U-11"),
        ("<{web}>, <mailto:u+7-aaaaaaaaaaaaaaaa@b.example?subject=unsubscribe>, <ftp://example.org/out>", "U-11"),
    ],
)
def test_other_orders_and_addresses_are_found(field, code):
    raw = compiled(hears=False).fill(READER)
    wrong = field.format(web=READER.unsubscribe_url).encode()
    assert any(code in fault for fault in faults(raw.replace(f"<{READER.unsubscribe_url}>".encode(), wrong, 1)))
