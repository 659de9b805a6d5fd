"""The door for sending services: what is genuine is stored as it came, everything else is refused in the same words."""

import json
from base64 import b64encode
from contextlib import closing, suppress
from datetime import timedelta
from http.client import HTTPConnection

import pytest
from cryptography.hazmat.primitives import hashes
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from app import create_app
from app.clock import utc_now
from app.db import db
from app.hooks import limits
from app.hooks.door import KEY
from app.hooks.gates import gates_of
from app.models import RawReport, ReportSource, ReportState
from tests.live_server import free_port, serving
from tests.sending_services import (
    LOGIN,
    TOKEN,
    TOPIC,
    Amazon,
    basic,
    certificate,
    mailgun_body,
    sendgrid_headers,
    signed,
    sns,
    subscription,
    with_hooks,
)

EVENT = {"eventType": "Send"}
EVENTS = b'[ {"event": "processed", "email": "ana@example.net"}\r\n]'
WRONG = "This call is not signed as it has to be, or by somebody else.\n"
SERVICES = ("ses", "postmark", "sendgrid", "mailgun", "brevo")


def opened(settings):
    """An application with these settings."""
    app = create_app(settings)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def hooked(settings):
    yield from opened(with_hooks(settings))


@pytest.fixture
def amazon(hooked, settings):
    made = Amazon()
    hooked.extensions[KEY] = gates_of(with_hooks(settings), made.fetch)
    return made


@pytest.fixture
def call(hooked, amazon, session):
    client = hooked.test_client()

    def post(service, body, headers=None):
        return client.post(f"/hooks/{service}", data=body, headers=headers, content_type="text/plain; charset=UTF-8")

    return post


def stored(session):
    session.rollback()
    return session.scalars(select(RawReport).order_by(RawReport.id).options(undefer(RawReport.content))).all()


def number(session):
    return session.scalar(select(func.count()).select_from(RawReport))


GENUINE = {
    "ses": lambda: (signed(sns(EVENT)), {}),
    "postmark": lambda: (b'{"RecordType": "Open"}', basic()),
    "sendgrid": lambda: (EVENTS, sendgrid_headers(EVENTS)),
    "mailgun": lambda: (mailgun_body({"event": "opened"}, utc_now()), {}),
    "brevo": lambda: (b'{"event": "opened"}', {"Authorization": f"Bearer {TOKEN}"}),
}


@pytest.mark.parametrize("service", SERVICES)
def test_a_genuine_call_is_stored_as_it_came_and_waits_for_the_workers(call, session, service):
    body, headers = GENUINE[service]()
    answer = call(service, body, headers)
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    (report,) = stored(session)
    assert (report.source, report.content, report.state) == (ReportSource(service), body, ReportState.RECEIVED)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("service", SERVICES)
def test_the_same_call_again_is_answered_the_same_and_stored_once(call, session, service):
    body, headers = GENUINE[service]()
    assert [call(service, body, headers).status_code for _ in range(2)] == [200, 200]
    assert number(session) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_look_whether_anybody_is_there(hooked, service):
    client = hooked.test_client()
    answer = client.head(f"/hooks/{service}")
    assert (answer.status_code, answer.data) == (200, b"")
    assert client.get(f"/hooks/{service}").status_code == 405


@pytest.mark.parametrize("service", [*SERVICES, "unheard-of", "listener"])
def test_a_service_that_is_not_set_up_is_not_there(newsletter, service):
    body, headers = GENUINE.get(service, GENUINE["postmark"])()
    client = newsletter.app.test_client()
    assert client.post(f"/hooks/{service}", data=body, headers=headers).status_code == 404
    assert client.head(f"/hooks/{service}").status_code == 404
    assert number(newsletter.session) == 0


def test_no_slash_at_the_end_leads_to_a_redirect(call):
    body, headers = GENUINE["brevo"]()
    assert call("brevo/", body, headers).status_code == 200


@pytest.mark.parametrize(
    ("service", "headers", "status"),
    [
        ("postmark", {}, 401),
        ("postmark", basic(LOGIN + "x"), 401),
        ("postmark", basic("postmark:"), 401),
        ("postmark", {"Authorization": f"Bearer {LOGIN}"}, 401),
        ("postmark", {"Authorization": "Basic %%%"}, 401),
        ("postmark", {"Authorization": "Basic é"}, 401),
        ("brevo", {}, 401),
        ("brevo", {"Authorization": TOKEN}, 401),
        ("brevo", {"Authorization": f"Bearer {TOKEN[:-1]}"}, 401),
        ("brevo", {"Authorization": f"Basic {TOKEN}"}, 401),
        ("sendgrid", {}, 403),
        ("sendgrid", sendgrid_headers(EVENTS + b" "), 403),
        ("sendgrid", {**sendgrid_headers(EVENTS), "X-Twilio-Email-Event-Webhook-Timestamp": "1764000001"}, 403),
        ("sendgrid", {**sendgrid_headers(EVENTS), "X-Twilio-Email-Event-Webhook-Signature": "no base64"}, 403),
        ("sendgrid", {**sendgrid_headers(EVENTS), "X-Twilio-Email-Event-Webhook-Signature": "MEUC"}, 403),
        ("mailgun", {}, 403),
        ("ses", {}, 403),
    ],
)
def test_what_is_not_theirs_is_refused_in_the_same_words_and_not_stored(call, session, service, headers, status):
    answer = call(service, EVENTS, headers)
    assert (answer.status_code, answer.text) == (status, WRONG)
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert number(session) == 0


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"\xff\xfe", b"[" * 500_000, b'{"signature": "x"}', b'{"Type": 1}']
)
@pytest.mark.parametrize("service", ["ses", "mailgun"])
def test_what_is_no_json_is_refused_like_any_other(call, session, service, body):
    assert (call(service, body).status_code, number(session)) == (403, 0)


def test_brevo_may_log_in_with_a_name_instead(hooked, settings, session):
    gates = gates_of(with_hooks(settings, hook_brevo=SecretStr("brevo:another-long-password")))
    hooked.extensions[KEY] = gates
    client = hooked.test_client()
    assert client.post("/hooks/brevo", data=b"{}", headers=basic("brevo:another-long-password")).status_code == 200
    assert client.post("/hooks/brevo", data=b"{}", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 401


def test_a_body_that_was_read_and_written_anew_is_not_what_sendgrid_signed(call, session):
    rewritten = json.dumps(json.loads(EVENTS)).encode()
    assert json.loads(rewritten) == json.loads(EVENTS)
    assert call("sendgrid", rewritten, sendgrid_headers(EVENTS)).status_code == 403
    assert number(session) == 0


@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24, 60 * 24 * 365])
def test_what_mailgun_signed_at_another_time_is_refused(call, session, minutes):
    body = mailgun_body({"event": "opened"}, utc_now() + timedelta(minutes=minutes))
    assert (call("mailgun", body).status_code, number(session)) == (403, 0)


@pytest.mark.parametrize("minutes", [-4, 0, 4])
def test_clocks_may_differ_a_little(call, minutes):
    assert call("mailgun", mailgun_body({}, utc_now() + timedelta(minutes=minutes))).status_code == 200


def test_mailguns_signature_is_good_for_one_event_whatever_stands_beside_it(call, session):
    now = utc_now()
    first, second = (mailgun_body({"event": "complained", "recipient": f"{who}@example.net"}, now) for who in "ab")
    assert call("mailgun", first).status_code == call("mailgun", second).status_code == 200
    assert [report.content for report in stored(session)] == [first]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("token", "650"),
        ("token", None),
        ("timestamp", "-1"),
        ("timestamp", "soon"),
        ("signature", "0" * 64),
        ("signature", 5),
    ],
)
def test_a_signature_of_mailgun_that_was_spoilt_is_refused(call, session, member, value):
    spoilt = json.loads(mailgun_body({}, utc_now()))
    spoilt["signature"][member] = value
    assert (call("mailgun", json.dumps(spoilt)).status_code, number(session)) == (403, 0)


@pytest.mark.parametrize("member", ["Message", "MessageId", "Subject", "Timestamp"])
def test_a_message_of_amazon_that_was_altered_is_refused(call, session, member):
    message = json.loads(signed(sns(EVENT)))
    message[member] += " "
    assert (call("ses", json.dumps(message)).status_code, number(session)) == (403, 0)


def test_a_message_without_a_subject_is_as_good(call):
    assert call("ses", signed(sns(EVENT, Subject=None))).status_code == 200


@pytest.mark.parametrize(
    "topic", ["arn:aws:sns:eu-west-1:999999999999:bounces", TOPIC + "x", TOPIC.upper(), "", f"{TOPIC},{TOPIC}"]
)
def test_somebody_elses_topic_is_refused_though_amazon_signed_it_and_nothing_is_asked_for_it(
    call, session, amazon, topic
):
    assert call("ses", signed(sns(EVENT, TopicArn=topic))).status_code == 403
    assert call("ses", signed(subscription(TopicArn=topic))).status_code == 403
    assert (amazon.asked, number(session)) == ([], 0)


@pytest.mark.parametrize(
    "url",
    [
        "https://sns.us-east-1.amazonaws.com.evil.example/x.pem",
        "https://sns.us-east-1.amazonaws.com@evil.example/x.pem",
        "https://user:pass@sns.us-east-1.amazonaws.com/x.pem",
        "https://sns.us-east-1.amazonaws.com:8443/x.pem",
        "http://sns.us-east-1.amazonaws.com/x.pem",
        "https://evil.example/sns.us-east-1.amazonaws.com/x.pem",
        "https://sns.us-east-1.amazonaws.com/x.pem?y",
        "https://sns.us-east-1.amazonaws.com/x.pem#y",
        "https://sns.us-east-1.amazonaws.com/x.txt",
        "https://sns.us-east-1.amazonaws.com/x.pem\n",
        "https://sns.us-east-1.amazonaws.com\\@evil.example/x.pem",
        "https://sns.a.b.amazonaws.com/x.pem",
        "https://sns.amazonaws.com/x.pem",
        "https://xsns.us-east-1.amazonaws.com/x.pem",
        "https://s3.us-east-1.amazonaws.com/x.pem",
        "https://sns.us-east-1.amazonaws.com.cn.evil.example/x.pem",
        "https://169.254.169.254/x.pem",
        "file:///etc/x.pem",
        "",
    ],
)
def test_a_certificate_from_elsewhere_is_not_even_fetched(call, session, amazon, url):
    assert (call("ses", signed(sns(EVENT, SigningCertURL=url))).status_code, number(session)) == (403, 0)
    assert amazon.asked == []


@pytest.mark.parametrize(
    ("version", "algorithm"),
    [("1", hashes.SHA1()), ("1", hashes.SHA256()), ("3", hashes.SHA256()), ("", hashes.SHA256()), (None, None)],
)
def test_any_version_of_the_signature_but_the_second_is_refused_though_it_is_right(call, session, version, algorithm):
    body = signed(sns(EVENT, SignatureVersion=version), algorithm)
    assert (call("ses", body).status_code, number(session)) == (403, 0)


def test_a_certificate_is_fetched_once(call, amazon):
    for name in ("one", "two", "three"):
        assert call("ses", signed(sns(EVENT, MessageId=name))).status_code == 200
    assert len(amazon.asked) == 1


@pytest.mark.parametrize("shown", [certificate(days=-1), b"", b"<html>", certificate().replace(b"M", b"N")])
def test_what_is_no_valid_certificate_proves_nothing(call, session, amazon, shown):
    amazon.shown = shown
    assert (call("ses", signed(sns(EVENT))).status_code, number(session)) == (403, 0)


def test_while_amazon_does_not_answer_it_is_asked_to_try_again(call, session, amazon):
    amazon.is_away = True
    answer = call("ses", signed(sns(EVENT)))
    assert (answer.status_code, answer.headers["Retry-After"], number(session)) == (503, "60", 0)
    amazon.is_away = False
    assert (call("ses", signed(sns(EVENT))).status_code, number(session)) == (200, 1)


def test_the_same_notification_twice_is_one(call, session):
    for when in ("2026-11-24T08:58:59.675Z", "2026-11-24T09:58:59.675Z"):
        assert call("ses", signed(sns(EVENT, Timestamp=when))).status_code == 200
    assert number(session) == 1


def test_a_subscription_is_confirmed_at_amazons_own_address_and_not_where_the_message_says(call, session, amazon):
    assert call("ses", signed(subscription())).status_code == 200
    _certificate, confirmed = amazon.asked
    assert confirmed.startswith("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn%3Aaws%3A")
    assert confirmed.endswith("&Token=2336412f37fb687f5d51e6e2425f&Version=2010-03-31")
    assert number(session) == 0


@pytest.mark.parametrize("member", ["Token", "SubscribeURL", "TopicArn"])
def test_a_subscription_that_was_altered_is_not_confirmed(call, amazon, member):
    message = json.loads(signed(subscription()))
    message[member] += "x"
    assert call("ses", json.dumps(message)).status_code == 403
    assert not [url for url in amazon.asked if "Confirm" in url]


def test_a_subscription_that_cannot_be_confirmed_now_is_asked_for_again(call, amazon):
    assert call("ses", signed(sns(EVENT))).status_code == 200
    amazon.is_away = True
    assert call("ses", signed(subscription())).status_code == 503


def test_what_is_longer_than_any_report_is_refused(call, session):
    assert call("brevo", b"x" * 1_000_001, {"Authorization": f"Bearer {TOKEN}"}).status_code == 413
    assert number(session) == 0


@pytest.mark.parametrize(("octets", "status"), [(20, 200), (400_000, 200), (1_000_000, 413)])
def test_a_body_that_comes_in_pieces_is_taken_whole_or_not_at_all(hooked, session, octets, status):
    body = b'{"RecordType": "Open"' + b" " * octets + b"}"
    port = free_port()
    with serving(hooked, port), closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        pieces = [body[at : at + 8192] for at in range(0, len(body), 8192)]
        with suppress(OSError):
            connection.request("POST", "/hooks/postmark", iter(pieces), basic(), encode_chunked=True)
        assert connection.getresponse().status == status
    assert [report.content for report in stored(session)] == ([body] if status == 200 else [])


def test_while_the_database_is_away_the_service_is_asked_to_try_again(settings):
    for app in opened(with_hooks(settings, database_url="postgresql+psycopg://nobody@127.0.0.1:1/none")):
        body, headers = GENUINE["postmark"]()
        answer = app.test_client().post("/hooks/postmark", data=body, headers=headers)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert app.test_client().post("/hooks/postmark", data=body).status_code == 401


def test_who_calls_too_often_is_asked_to_wait(settings, session, monkeypatch):
    monkeypatch.setattr(limits, "CALLS", "2 per minute")
    for app in opened(with_hooks(settings)):
        body, headers = GENUINE["brevo"]()
        for limiter in app.extensions["limiter"]:
            limiter.reset()
        answers = [app.test_client().post("/hooks/brevo", data=body, headers=headers) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[-1].headers["Retry-After"] == "60"


def test_where_the_service_is_reached_by_https_a_plain_call_is_refused_and_not_led_elsewhere(settings, session):
    for app in opened(with_hooks(settings, public_url="https://localhost", trusted_proxies=1)):
        body, headers = GENUINE["brevo"]()
        client = app.test_client()
        assert client.post("/hooks/brevo", data=body, headers=headers).status_code == 403
        assert number(session) == 0
        forwarded = {**headers, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
        assert client.post("/hooks/brevo", data=body, headers=forwarded).status_code == 200


def test_a_password_is_never_written_to_the_log(call, capfd):
    secret = b64encode(b"postmark:guess-that-is-wrong").decode()
    call("postmark", b"{}", {"Authorization": f"Basic {secret}"})
    said = "".join(capfd.readouterr())
    assert secret not in said
    assert "guess" not in said
