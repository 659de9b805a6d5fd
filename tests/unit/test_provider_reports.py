"""What sending services report, read into what happened to which mail, and classed by the one table of answers."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models import ReplyClass, ReportedKind, ReportSource
from tests.unit.provider_samples import (
    KEY,
    READER,
    SENDER,
    SES_NAME,
    brevo,
    envelope,
    mailgun,
    postmark,
    postmark_change,
    sendgrid,
    ses,
    ses_bounce,
    ses_complaint,
    ses_subscription,
)
from worker.intake import providers
from worker.intake.desk import class_of

BOUNCE, DELAY, DELIVERED, COMPLAINT, NOT_SPAM, AUTO_REPLY, UNSUBSCRIBE, OTHER = ReportedKind
HARD, INACTIVE, QUOTA, SOFT, BLOCKED, CONTENT, PROTOCOL, RELAY = ReplyClass
SES, POSTMARK, SENDGRID, MAILGUN, BREVO = list(ReportSource)[3:]
UNKNOWN = "550 5.1.1 The email account that you tried to reach does not exist."
LISTED = "550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using Spamhaus"
FULL = "452 4.2.2 The email account that you tried to reach is over quota."


def read(source, said):
    return providers.read(source, json.dumps(said).encode())


def only(source, said):
    understood = read(source, said)
    assert understood.trouble == ""
    (found,) = understood.findings
    return found


def classed(found):
    return class_of(found.outcome, found.milder) if found.outcome else None


SAMPLES = [
    (SES, ses_bounce("Permanent", "General", "5.1.1", f"smtp; {UNKNOWN}"), BOUNCE, HARD),
    (SES, ses_bounce("Permanent", "General", "5.1.1", f"smtp; {UNKNOWN}", named="notificationType"), BOUNCE, HARD),
    (SES, ses_bounce("Permanent", "NoEmail"), BOUNCE, HARD),
    (SES, ses_bounce("Permanent", "Suppressed", "5.1.1", "Amazon SES has suppressed sending to it"), BOUNCE, HARD),
    (SES, ses_bounce("Permanent", "OnAccountSuppressionList"), BOUNCE, HARD),
    (SES, ses_bounce("Permanent", "General"), BOUNCE, SOFT),
    (SES, ses_bounce("Permanent", "General", "5.7.1", f"smtp; {LISTED}"), BOUNCE, BLOCKED),
    (SES, ses_bounce("Transient", "MailboxFull", "4.2.2", f"smtp; {FULL}"), BOUNCE, QUOTA),
    (SES, ses_bounce("Transient", "General", "5.1.1", f"smtp; {UNKNOWN}"), BOUNCE, SOFT),
    (SES, ses_bounce("Transient", "MessageTooLarge", "5.3.4", "smtp; 552 5.3.4 Message too large"), BOUNCE, CONTENT),
    (SES, ses_bounce("Transient", "General"), AUTO_REPLY, None),
    (SES, ses_bounce("Undetermined", "Undetermined"), BOUNCE, SOFT),
    (SES, ses_complaint(), COMPLAINT, None),
    (SES, ses_complaint(""), COMPLAINT, None),
    (SES, ses_complaint("not-spam"), NOT_SPAM, None),
    (SES, ses_complaint(complaintSubType="OnAccountSuppressionList"), BOUNCE, SOFT),
    (SES, ses("Delivery", {"recipients": [READER], "smtpResponse": "250 ok"}), DELIVERED, None),
    (
        SES,
        ses("DeliveryDelay", {"delayType": "MailboxFull", "delayedRecipients": [{"emailAddress": READER}]}),
        DELAY,
        SOFT,
    ),
    (SES, ses_subscription(unsubscribeAll=True), UNSUBSCRIBE, None),
    (SES, ses("Reject", {"reason": "Bad content"}), BOUNCE, CONTENT),
    (POSTMARK, postmark("HardBounce", f"smtp;{UNKNOWN}"), BOUNCE, HARD),
    (POSTMARK, postmark("HardBounce"), BOUNCE, HARD),
    (POSTMARK, postmark("HardBounce", f"smtp;{LISTED}"), BOUNCE, BLOCKED),
    (POSTMARK, postmark("SoftBounce", f"smtp;{FULL}"), BOUNCE, QUOTA),
    (POSTMARK, postmark("SoftBounce", f"smtp;{UNKNOWN}"), BOUNCE, SOFT),
    (POSTMARK, postmark("Blocked", f"smtp;{UNKNOWN}"), BOUNCE, BLOCKED),
    (POSTMARK, postmark("Blocked", Description="The receiving server blocked it."), BOUNCE, BLOCKED),
    (POSTMARK, postmark("DMARCPolicy", "smtp;550 5.7.26 unauthenticated by DMARC"), BOUNCE, BLOCKED),
    (POSTMARK, postmark("SpamNotification", f"smtp;{UNKNOWN}"), BOUNCE, BLOCKED),
    (POSTMARK, postmark("VirusNotification", "", Description="a virus notification"), BOUNCE, CONTENT),
    (POSTMARK, postmark("BadEmailAddress", "", Description="The address is not a valid one."), BOUNCE, HARD),
    (POSTMARK, postmark("SomethingNew", f"smtp;{UNKNOWN}"), BOUNCE, SOFT),
    (POSTMARK, postmark("Transient", "smtp;421 4.4.1 try later"), DELAY, SOFT),
    (POSTMARK, postmark("DnsError", "dns error"), DELAY, SOFT),
    (POSTMARK, postmark("AutoResponder"), AUTO_REPLY, None),
    (POSTMARK, postmark("Unsubscribe"), UNSUBSCRIBE, None),
    (POSTMARK, postmark("SpamComplaint", RecordType="SpamComplaint"), COMPLAINT, None),
    (POSTMARK, postmark("SpamComplaint"), COMPLAINT, None),
    (POSTMARK, postmark_change(), UNSUBSCRIBE, None),
    (POSTMARK, {"RecordType": "Delivery", "Recipient": READER, "Metadata": {"message": KEY}}, DELIVERED, None),
    (SENDGRID, sendgrid("bounce", type="bounce", status="5.1.1", reason=UNKNOWN), BOUNCE, HARD),
    (SENDGRID, sendgrid("bounce", type="blocked", status="5.1.1", reason=UNKNOWN), BOUNCE, BLOCKED),
    (SENDGRID, sendgrid("bounce", type="blocked", status="5.7.1", reason=LISTED), BOUNCE, BLOCKED),
    (SENDGRID, sendgrid("bounce", type="blocked", reason="unable to get mx info: no such host"), BOUNCE, SOFT),
    (SENDGRID, sendgrid("bounce", type="bounce", status="5.0.0", reason=f"550 {LISTED}"), BOUNCE, BLOCKED),
    (SENDGRID, sendgrid("bounce", type="bounce", reason=""), BOUNCE, SOFT),
    (SENDGRID, sendgrid("dropped", reason="Bounced Address"), BOUNCE, HARD),
    (SENDGRID, sendgrid("dropped", reason="Invalid"), BOUNCE, HARD),
    (SENDGRID, sendgrid("dropped", reason="Spam Reporting Address"), BOUNCE, SOFT),
    (SENDGRID, sendgrid("dropped", reason="Spam Content"), BOUNCE, CONTENT),
    (SENDGRID, sendgrid("dropped", reason="Unsubscribed Address"), UNSUBSCRIBE, None),
    (SENDGRID, sendgrid("deferred", response="400 try again later", attempt="5"), DELAY, SOFT),
    (SENDGRID, sendgrid("delivered", response="250 OK"), DELIVERED, None),
    (SENDGRID, sendgrid("spamreport"), COMPLAINT, None),
    (SENDGRID, sendgrid("unsubscribe"), UNSUBSCRIBE, None),
    (SENDGRID, sendgrid("group_unsubscribe", asm_group_id=10), UNSUBSCRIBE, None),
    (MAILGUN, mailgun("failed", severity="permanent", reason="bounce", code=550, message=UNKNOWN[4:]), BOUNCE, HARD),
    (MAILGUN, mailgun("failed", severity="permanent", reason="espblock", code=550, message=UNKNOWN), BOUNCE, BLOCKED),
    (MAILGUN, mailgun("failed", severity="permanent", reason="generic", code=550, message=LISTED), BOUNCE, BLOCKED),
    (MAILGUN, mailgun("failed", severity="permanent", reason="suppress-bounce", code=605), BOUNCE, HARD),
    (MAILGUN, mailgun("failed", severity="permanent", reason="suppress-complaint", code=607), BOUNCE, SOFT),
    (MAILGUN, mailgun("failed", severity="permanent", reason="suppress-unsubscribe", code=606), UNSUBSCRIBE, None),
    (MAILGUN, mailgun("failed", severity="permanent", reason="old", code=602, message="Too old"), BOUNCE, SOFT),
    (MAILGUN, mailgun("failed", severity="temporary", reason="generic", code=498, message="No MX"), DELAY, SOFT),
    (MAILGUN, mailgun("delivered", code=250, message="OK"), DELIVERED, None),
    (MAILGUN, mailgun("complained"), COMPLAINT, None),
    (MAILGUN, mailgun("unsubscribed"), UNSUBSCRIBE, None),
    (BREVO, brevo("hard_bounce", reason=f" RecipientError: {UNKNOWN}"), BOUNCE, HARD),
    (BREVO, brevo("hard_bounce", reason=" RecipientError: 550 5.5.0 Mailbox unavailable."), BOUNCE, HARD),
    (BREVO, brevo("hard_bounce", reason=LISTED), BOUNCE, BLOCKED),
    (BREVO, brevo("hard_bounce"), BOUNCE, SOFT),
    (BREVO, brevo("soft_bounce", reason="undefined Unable to find MX of domain"), BOUNCE, SOFT),
    (BREVO, brevo("soft_bounce", reason=UNKNOWN), BOUNCE, SOFT),
    (BREVO, brevo("blocked", reason="blocked : due to blacklist user"), BOUNCE, BLOCKED),
    (BREVO, brevo("blocked", reason=UNKNOWN), BOUNCE, BLOCKED),
    (BREVO, brevo("invalid_email"), BOUNCE, HARD),
    (BREVO, brevo("error"), BOUNCE, SOFT),
    (BREVO, brevo("deferred", reason=UNKNOWN), DELAY, HARD),
    (BREVO, brevo("delivered"), DELIVERED, None),
    (BREVO, brevo("spam"), COMPLAINT, None),
    (BREVO, brevo("complaint"), COMPLAINT, None),
    (BREVO, brevo("unsubscribe"), UNSUBSCRIBE, None),
    (BREVO, [brevo("unsubscribed")], UNSUBSCRIBE, None),
]


@pytest.mark.parametrize(("source", "said", "kind", "reply_class"), SAMPLES)
def test_each_event_is_what_it_says_and_names_its_mail(source, said, kind, reply_class):
    found = only(source, said)
    assert (found.kind, classed(found)) == (kind, reply_class)
    assert found.recipient == READER
    assert any(KEY in name for name in found.message_ids)
    assert found.key


def test_no_refusal_that_a_service_calls_milder_is_ever_read_as_a_reader_who_is_gone():
    milder = [found for source, said, _, _ in SAMPLES for found in read(source, said).findings if found.milder]
    assert len(milder) > 15
    for found in milder:
        gone = replace(found.outcome, code=550, enhanced="5.1.1", text="user unknown, mailbox disabled")
        assert classed(replace(found, outcome=gone)) not in {HARD, INACTIVE}


def test_an_address_of_the_internet_is_not_taken_for_a_status():
    found = only(SENDGRID, sendgrid("bounce", type="bounce", reason="550 mail from 5.1.1.7 refused: access denied"))
    assert classed(found) is BLOCKED


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (SES, ses("Open", {"ipAddress": "192.0.2.1"})),
        (SES, ses("SomethingNew")),
        (SES, ses_subscription(unsubscribeAll=False, topicSubscriptionStatus=[])),
        (SES, envelope("Successfully validated SNS topic for Amazon SES event publishing.")),
        (POSTMARK, {"RecordType": "Open", "Recipient": READER}),
        (POSTMARK, postmark_change(SuppressSending=False, SuppressionReason=None)),
        (POSTMARK, postmark_change(SuppressionReason="HardBounce")),
        (POSTMARK, postmark_change(Origin="Admin")),
        (SENDGRID, sendgrid("open", useragent="Mozilla")),
        (MAILGUN, mailgun("clicked")),
        (BREVO, brevo("unique_opened")),
    ],
)
def test_what_says_nothing_about_a_mails_fate_is_left_alone(source, said):
    understood = read(source, said)
    assert (list(understood.findings), understood.trouble) == ([], "")


@pytest.mark.parametrize(
    ("source", "said", "words"),
    [
        (SES, envelope("Hello from another program"), "no report of SES"),
        (SES, envelope("{}"), "no report of SES"),
        (SES, envelope("You have chosen", kind="UnsubscribeConfirmation"), "subscribe this address to the topic again"),
        (POSTMARK, {"FromFull": {"Email": "a@example.net"}}, "inbound webhook"),
        (SENDGRID, {}, "no list of events"),
        (SENDGRID, "text", "no list of events"),
        (MAILGUN, {"signature": {}}, "no event"),
        (BREVO, {"items": []}, "inbound webhook"),
    ],
)
def test_what_nobody_can_make_sense_of_says_so_in_words(source, said, words):
    understood = read(source, said)
    assert words in understood.trouble
    assert not understood.findings


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 500_000, b'{"a": ' * 90_000])
@pytest.mark.parametrize("source", [SES, POSTMARK, SENDGRID, MAILGUN, BREVO])
def test_broken_json_says_so_in_words(source, raw):
    assert "not the JSON" in providers.read(source, raw).trouble


def test_many_events_of_one_call_are_many_findings():
    many = [*sendgrid("bounce", reason=UNKNOWN, sg_event_id="one"), *sendgrid("spamreport", sg_event_id="two")]
    assert [found.key for found in read(SENDGRID, many).findings] == ["one", "two"]


def test_amazon_names_our_envelope_sender_and_its_own_name_for_the_message():
    found = only(SES, ses_bounce("Permanent", "General", "5.1.1", headers=False))
    assert found.local_parts == (SENDER.partition("@")[0],)
    assert found.message_ids == (SES_NAME,)


def test_the_address_that_we_wrote_to_counts_and_not_the_one_where_it_was_forwarded():
    said = ses_bounce("Permanent", "General", "5.1.1", recipient=READER)
    event = json.loads(said["Message"])
    event["bounce"]["bouncedRecipients"][0]["emailAddress"] = "elsewhere@example.com"
    assert only(SES, {**said, "Message": json.dumps(event)}).recipient == READER


def test_events_are_told_apart_by_what_each_service_gives_for_it():
    one, other = brevo("deferred", ts_epoch=1), brevo("deferred", ts_epoch=2)
    assert only(BREVO, one).key == only(BREVO, {**one, "new_member": 1}).key != only(BREVO, other).key
    assert only(MAILGUN, mailgun("complained", token="a" * 50)).key == "a" * 50
    told = only(SES, ses_complaint())
    assert told.key == only(SES, ses_complaint()).key
    assert READER not in told.key, "a key outlives the erasure of the person"
    assert only(POSTMARK, postmark()).key == "Bounce 901542550"
    long = only(SES, ses_bounce("Permanent", "General", recipient=f"{'a' * 300}@example.net"))
    assert len(long.key) <= 200


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


def spoilt(said, path, value):
    """The same with another value somewhere."""
    if not path or not isinstance(said, (dict, list)) or not said:
        return value
    if isinstance(said, list):
        return [spoilt(said[0], path[1:], value), *said[1:]]
    name = sorted(said)[path[0] % len(said)]
    return {**said, name: spoilt(said[name], path[1:], value)}


@given(st.sampled_from(SAMPLES), st.lists(st.integers(0, 20), max_size=4), JSON)
def test_whatever_stands_where_something_else_is_expected_nothing_breaks(sample, path, value):
    source, said, _, _ = sample
    if source is SES:
        event = spoilt(json.loads(said["Message"]), path, value)
        said = {**said, "Message": json.dumps(event)}
    else:
        said = spoilt(said, path, value)
    for found in read(source, said).findings:
        assert len(found.key) <= 200
        assert classed(found) is None or isinstance(classed(found), ReplyClass)
        assert "\0" not in found.recipient + found.key + "".join(found.message_ids)


@given(JSON, st.sampled_from([SES, POSTMARK, SENDGRID, MAILGUN, BREVO]))
def test_any_json_is_read_without_a_fault(said, source):
    read(source, said)
