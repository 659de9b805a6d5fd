"""Reports as mail servers and providers write them, made up for tests."""

from pathlib import Path

from app.mail.verp import Verp


def dsn(
    recipient: str, status: str = "5.1.1", diagnostic: str = "smtp; 550 5.1.1 User unknown", action="failed"
) -> bytes:
    """A delivery report as Postfix writes it."""
    return f"""From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces@example.org
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B1"

--B1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.org.

--B1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
X-Postfix-Queue-ID: 4F2

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.net
Diagnostic-Code: {diagnostic}

--B1
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: news@example.org
To: {recipient}
Subject: Open every polling station

Hello
--B1--
""".replace("\n", "\r\n").encode()


COMPLAINT = b"""From: <feedback@provider.example>
To: <fbl@example.org>
Subject: FW: Open every polling station
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B2"

--B2
Content-Type: text/plain

This is an email abuse report.

--B2
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: ProviderFBL/1.0
Version: 1
Original-Rcpt-To: redacted@provider.example

--B2
Content-Type: message/rfc822

Return-Path: <%SENDER%>
From: news@example.org
Subject: Open every polling station

Hello
--B2--
""".replace(b"\n", b"\r\n")

HOLIDAY = b"""From: Ana <ana@example.net>
To: bounces@example.org
Subject: =?utf-8?q?R=C3=A9ponse_automatique=3A_Open_every_polling_station?=
Auto-Submitted: auto-replied

I am away.
""".replace(b"\n", b"\r\n")


class SENDER:
    """Whose mail the samples are about."""

    key = "a key for samples, long enough to sign with"
    delivery = 4711
    address = Verp([key]).sender(delivery, "bounce.opendoors.example")
    leaving = "u" + address[1:]


def sample(name: str) -> bytes:
    """A report of `bounces/`, as it comes over the wire, about the delivery of `SENDER`."""
    raw = (Path(__file__).parent / "bounces" / f"{name}.eml").read_bytes()
    raw = raw.replace(b"%SENDER%", SENDER.address.encode()).replace(b"%LEAVING%", SENDER.leaving.encode())
    return raw.replace(b"\n", b"\r\n")
