"""What the mail world's reports say, in the forms in which its servers and providers write them (`bounces/*.eml`)."""

from pathlib import Path
from typing import NamedTuple

import pytest

from app.mail.verp import Verp
from app.models.reply_class import ReplyClass
from app.models.reported_event import ReportedKind
from tests.unit.reports import SENDER, sample
from worker.intake.reading import read
from worker.replies import classify

BOUNCE, DELAY, DELIVERED = ReportedKind.BOUNCE, ReportedKind.DELAY, ReportedKind.DELIVERED
HARD, INACTIVE, QUOTA, SOFT, BLOCKED = (
    ReplyClass.HARD,
    ReplyClass.INACTIVE,
    ReplyClass.QUOTA,
    ReplyClass.SOFT,
    ReplyClass.BLOCKED,
)


class Said(NamedTuple):
    kind: ReportedKind
    reply_class: ReplyClass | None = None
    code: int | None = None
    enhanced: str | None = None
    recipient: str = ""


REPORTS = {
    "postfix": [Said(BOUNCE, HARD, 550, "5.1.1", "ana@example.net")],
    "postfix_expired": [Said(BOUNCE, SOFT, 450, "4.4.1", "ana@example.net")],
    "postfix_delayed": [Said(DELAY, QUOTA, 452, "4.2.2", "ana@example.net")],
    "exim": [Said(BOUNCE, HARD, 550, "5.0.0", "ana@example.net")],
    "exim_without_report": [Said(BOUNCE, HARD, 550, "5.1.1", "ana@example.net")],
    "exchange_online": [Said(BOUNCE, HARD, 550, "5.1.10", "ana@example.net")],
    "exchange_blocks_us": [Said(BOUNCE, BLOCKED, 550, "5.7.1", "ana@contoso.example")],
    "gmail": [Said(BOUNCE, HARD, 550, "5.1.1", "ana@gmail.com")],
    "gmail_full": [Said(BOUNCE, QUOTA, 552, "5.2.2", "ana@gmail.com")],
    "qmail": [Said(BOUNCE, HARD, 550, "5.1.1", "ana@example.net")],
    "qmail_remote": [Said(BOUNCE, BLOCKED, 554, "5.7.1", "ana@example.org")],
    "sendmail": [Said(BOUNCE, HARD, 550, "5.1.1", "ana@example.net")],
    "yahoo": [Said(BOUNCE, HARD, 554, None, "ana@yahoo.com")],
    "yahoo_policy": [Said(BOUNCE, BLOCKED, 554, "5.7.9", "ana@yahoo.com")],
    "ses": [Said(BOUNCE, HARD, 550, "5.1.1", "ana@example.net")],
    "wrapped_in_mixed": [Said(BOUNCE, INACTIVE, 550, "5.2.1", "ana@example.net")],
    "japanese": [Said(BOUNCE, HARD, 550, "5.1.1", "hanako@docomo.example")],
    "eight_bit": [Said(BOUNCE, QUOTA, 552, "5.2.2", "ana@example.net")],
    "forwarded": [Said(BOUNCE, HARD, 550, "5.1.1", "ana@example.net")],
    "several_recipients": [
        Said(DELIVERED, recipient="ana@example.net"),
        Said(DELIVERED, recipient="team@example.net"),
        Said(BOUNCE, HARD, 550, "5.1.1", "ben@example.net"),
    ],
    "rfc6533": [Said(BOUNCE, HARD, 550, "5.1.1", "jörg@beispiel.example")],
    "rfc6533_base64": [Said(BOUNCE, HARD, 550, "5.1.1", "jörg@beispiel.example")],
    "delivered": [Said(DELIVERED, recipient="ana@example.net")],
    "arf_yahoo": [Said(ReportedKind.COMPLAINT, recipient="ana@yahoo.com")],
    "arf_redacted": [Said(ReportedKind.COMPLAINT, recipient="q7z1c9@redacted.invalid")],
    "arf_not_spam": [Said(ReportedKind.NOT_SPAM)],
    "arf_about_another": [Said(ReportedKind.COMPLAINT, recipient="ana@example.net")],
    "jmrp": [Said(ReportedKind.COMPLAINT, recipient="ana@hotmail.com")],
    "auto_exchange": [Said(ReportedKind.AUTO_REPLY)],
    "auto_gmail": [Said(ReportedKind.AUTO_REPLY)],
    "auto_german": [Said(ReportedKind.AUTO_REPLY)],
    "auto_french": [Said(ReportedKind.AUTO_REPLY)],
    "auto_arabic": [Said(ReportedKind.AUTO_REPLY)],
    "leave_plain": [Said(ReportedKind.UNSUBSCRIBE)],
    "leave_html": [Said(ReportedKind.UNSUBSCRIBE)],
    "leave_no_subject": [Said(ReportedKind.UNSUBSCRIBE)],
    "leave_holiday": [Said(ReportedKind.AUTO_REPLY)],
    "answer_of_a_person": [],
    "holiday_from_nobody": [],
}
NAMES_NO_MESSAGE_OF_OURS = {"arf_about_another"}


def said(name: str) -> list[Said]:
    found = []
    for one in read(sample(name), "").findings:
        outcome = one.outcome
        if outcome is None or one.kind is DELIVERED:
            found.append(Said(one.kind, recipient=one.recipient))
        else:
            found.append(Said(one.kind, classify(outcome), outcome.code, outcome.enhanced, one.recipient))
    return found


def test_every_sample_is_in_the_table():
    assert {file.stem for file in (Path(__file__).parent / "bounces").iterdir()} == set(REPORTS)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_understood(name):
    assert said(name) == REPORTS[name]


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_names_our_message_by_its_signed_address(name):
    verp = Verp([SENDER.key])
    for one in read(sample(name), "").findings:
        named = {verp.read(local) for local in one.local_parts} - {None}
        assert named == (set() if name in NAMES_NO_MESSAGE_OF_OURS else {SENDER.delivery})


@pytest.mark.parametrize("name", REPORTS)
def test_lines_may_end_in_either_way(name):
    crlf = sample(name)
    assert read(crlf.replace(b"\r\n", b"\n"), "") == read(crlf, "")


def test_a_holiday_without_any_sign_of_it_is_no_bounce_even_from_nobody():
    understood = read(sample("holiday_from_nobody"), SENDER.address, "<>")
    assert (understood.findings, "neither" in understood.trouble) == ((), True)


def test_what_a_person_writes_is_kept_for_a_person():
    assert "neither" in read(sample("answer_of_a_person"), "").trouble
