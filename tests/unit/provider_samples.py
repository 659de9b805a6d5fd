"""Calls of sending services as their documentation shows them, about mails to ana@example.net."""

import json

READER = "ana@example.net"
KEY = "5f0c1b2a3d4e4f6081927364a5b6c7d8"
SENDER = "b+7-abcdefghijklmnop@bounce.example.org"
SES_NAME = "00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa0680-000000"


def ses(kind, about=None, *, recipient=READER, named="eventType", message_id="sns-1", headers=True):
    """A notification of SNS around an event of SES."""
    event = {
        named: kind,
        "mail": {
            "timestamp": "2026-11-24T08:00:00.000Z",
            "source": SENDER,
            "messageId": SES_NAME,
            "destination": [recipient],
            "headersTruncated": False,
            "headers": [{"name": "Message-ID", "value": f"<{KEY}@example.org>"}] if headers else [],
        },
        **({kind[0].lower() + kind[1:]: about} if about else {}),
    }
    return envelope(json.dumps(event), message_id=message_id)


def envelope(message, *, message_id="sns-1", kind="Notification"):
    return {"Type": kind, "MessageId": message_id, "TopicArn": "arn:aws:sns:eu-west-1:1:t", "Message": message}


def ses_bounce(kind, subtype, status="", quoted="", *, recipient=READER, **members):
    one = {"emailAddress": recipient, "action": "failed", "status": status, "diagnosticCode": quoted}
    about = {
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": [{name: value for name, value in one.items() if value}],
        "feedbackId": "00000138-feedback",
    }
    return ses("Bounce", about, **members)


def ses_complaint(feedback="abuse", **members):
    about = {"complainedRecipients": [{"emailAddress": READER}], "complaintFeedbackType": feedback, **members}
    return ses("Complaint", about)


def ses_subscription(**preferences):
    return ses(
        "Subscription", {"contactList": "News", "source": "UnsubscribeHeader", "newTopicPreferences": preferences}
    )


def postmark(kind="HardBounce", details="", **members):
    return {
        "RecordType": "Bounce",
        "ID": 901542550,
        "Type": kind,
        "TypeCode": 1,
        "MessageID": "2706ee8a-737c-4285-b032-ccd317af53ed",
        "Metadata": {"message": KEY},
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Details": details,
        "Email": READER,
        "From": "news@example.org",
        "BouncedAt": "2026-11-24T08:28:50.3963933-05:00",
        "DumpAvailable": True,
        "Inactive": True,
        "CanActivate": True,
        "Subject": "Open every polling station",
        **members,
    }


def postmark_change(**members):
    return {
        "RecordType": "SubscriptionChange",
        "MessageID": "a4909a96-73d7-4c49-b148-a54522d3f7ac",
        "Metadata": {"message": KEY},
        "ChangedAt": "2026-11-24T09:17:32Z",
        "Recipient": READER,
        "Origin": "Recipient",
        "SuppressSending": True,
        "SuppressionReason": "ManualSuppression",
        **members,
    }


def sendgrid(kind, **members):
    return [
        {
            "email": READER,
            "timestamp": 1764000000,
            "smtp-id": f"<{KEY}@example.org>",
            "event": kind,
            "sg_event_id": "lC0Rc-FuQmKbnxCWxX1jRQ",
            "sg_message_id": "Lli-03HcQ5-JLybO9fXsJg.filter0077p1las1.21536.5717FC482.0",
            **members,
        }
    ]


def mailgun(kind, *, code=None, message="", token="651869375b9df3c98fc15c4889b102119add1235c38fc92824", **members):
    return {
        "signature": {"timestamp": "1764000000", "token": token, "signature": "0"},
        "event-data": {
            "event": kind,
            "id": "hTWCTD81RtiDN-",
            "timestamp": 1764000000.389832,
            "recipient": READER,
            "envelope": {"sender": SENDER, "transport": "smtp", "targets": READER},
            "message": {"headers": {"to": READER, "message-id": f"{KEY}@example.org", "from": "news@example.org"}},
            "delivery-status": {"attempt-no": 1, "code": code, "message": message, "description": ""},
            **members,
        },
    }


def brevo(kind, **members):
    return {
        "event": kind,
        "email": READER,
        "id": 9999999,
        "date": "2026-11-24 09:10:23",
        "ts": 1764000000,
        "ts_epoch": 1764000000000,
        "message-id": f"<{KEY}@example.org>",
        "X-Mailin-custom": KEY,
        "subject": "Open every polling station",
        **members,
    }
