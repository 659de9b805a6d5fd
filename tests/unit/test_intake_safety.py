"""Reports come from strangers: no bytes may break the reader of reports, or hold it up, or fill its memory."""

import random
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.reports import sample
from worker.intake.findings import Understood
from worker.intake.reading import read

SECONDS = 2
"""Of the processor, for the worst report. An honest one takes a thousandth of that."""
MEGABYTES = 20
NAMES = ("postfix", "gmail", "exchange_online", "arf_redacted", "japanese", "rfc6533", "qmail", "jmrp", "auto_arabic")
SAMPLES = [sample(name) for name in NAMES]
MEGABYTE = 1_000_000


def nested(depth: int) -> bytes:
    heads = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(depth))
    return b"From: MAILER-DAEMON@example.net\r\n" + heads + b"\r\ntext\r\n"


def filled(head: bytes, filling: bytes) -> bytes:
    return head + filling * ((MEGABYTE - len(head)) // len(filling))


BOMBS = {
    "fifty megabytes": filled(b"From: MAILER-DAEMON@example.net\r\n\r\n", b"x" * 77 + b"\r\n") * 50,
    "a thousand nested parts": nested(1000),
    "as many nested parts as are read, and lines": filled(nested(20), b"\n"),
    "a thousand nested messages": b"Content-Type: message/rfc822\r\n\r\n" * 1000,
    "headers without end": filled(b"", b"X: y\r\n"),
    "headers of all kinds": filled(b"", b"X-Header-Of-A-Bomb: " + b"y" * 40 + b"\r\n"),
    "one long header": filled(b"Subject: ", b"x"),
    "a subject of encoded words": filled(b"Subject:", b" =?utf-8?q?a?=\r\n"),
    "a subject of question marks": filled(b"Subject: ", b"=?"),
    "a content type of semicolons": filled(b'Content-Type: multipart/report; x="', b";"),
    "a folded content type": filled(b'Content-Type: multipart/report; x="', b"\r\n ;"),
    "many content types": filled(b"", b"Content-Type: message/rfc822; " + b";" * 3000 + b"\r\n"),
    "a boundary of its own": filled(b"", b"boundary="),
    "empty lines in the status": filled(sample("postfix").partition(b"Final-Recipient")[0], b"\r\n \t"),
    "statuses": filled(sample("postfix").partition(b"Final-Recipient")[0], b"\r\nAction: failed\r\n"),
    "open brackets": filled(sample("postfix").partition(b"Action")[0] + b"Action: ", b"("),
    "reply codes": filled(b"From: MAILER-DAEMON@example.net\r\n\r\n", b"550 "),
    "addresses": filled(b"From: MAILER-DAEMON@example.net\r\n\r\n", b"<a@b.example>\r\n"),
    "brackets without addresses": filled(b"From: MAILER-DAEMON@example.net\r\n\r\n", b"<a@"),
    "colons": filled(b"From: MAILER-DAEMON@example.net\r\n\r\nFailed addresses follow:\r\n", b": "),
    "an archive with a name that unpacks": (
        b'Content-Type: application/zip; name="../../../../etc/cron.d/x"\r\n'
        b'Content-Disposition: attachment; filename="' + b"a/" * 100_000 + b'.zip"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + b"UEsDBA" * 100_000
    ),
    "a codec that unpacks": (
        b"From: MAILER-DAEMON@example.net\r\nContent-Type: text/plain; charset=bz2_codec\r\n\r\n" + b"BZh9" * 200_000
    ),
    "a charset that takes ages": filled(
        b"From: MAILER-DAEMON@x\r\nContent-Type: text/plain; charset=punycode\r\n\r\n-", b"zz"
    ),
    "uuencoded": filled(b"From: MAILER-DAEMON@x\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\n", b"M\n"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_little_time(name):
    began = time.process_time()
    assert isinstance(read(BOMBS[name], "", "<>"), Understood)
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("name", ["fifty megabytes", "a thousand nested parts", "headers of all kinds"])
def test_a_bomb_costs_little_memory(name):
    tracemalloc.start()
    read(BOMBS[name], "", "<>")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MEGABYTES * MEGABYTE


@given(st.binary(max_size=2000), st.text(max_size=80), st.sampled_from(["", "<>", "ana@example.net"]))
def test_no_bytes_break_the_reader(raw, recipient, sender):
    assert isinstance(read(raw, recipient, sender), Understood)


@given(st.sampled_from(SAMPLES), st.integers(0, 2**32), st.integers(1, 40))
def test_no_mutation_of_a_report_breaks_the_reader(report, seed, times):
    chance = random.Random(seed)
    raw = bytearray(report)
    for _ in range(times):
        at = chance.randrange(len(raw))
        change = chance.randrange(4)
        if change == 0:
            raw[at] = chance.randrange(256)
        elif change == 1:
            del raw[at : at + chance.randrange(1, 60)]
        elif change == 2:
            other = chance.choice(SAMPLES)
            start = chance.randrange(len(other))
            raw[at:at] = other[start : start + chance.randrange(1, 200)]
        else:
            raw[at:at] = bytes(chance.randrange(256) for _ in range(8))
        raw = raw or bytearray(b"x")
    assert isinstance(read(bytes(raw), "", "<>"), Understood)


@given(st.sampled_from(SAMPLES), st.data())
def test_half_a_report_breaks_nothing(report, data):
    assert isinstance(read(report[: data.draw(st.integers(0, len(report)))], "", "<>"), Understood)
