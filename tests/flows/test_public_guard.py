"""A sign-up form that can't be turned against anybody, as readers, robots and victims live it."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
import time_machine
from bs4 import BeautifulSoup
from sqlalchemy import select

from app.clock import utc_now
from app.mail.address import EmailAddress
from app.models import ConsentEvent, Delivery, DeliveryKind, DeliveryState, Subscriber, SubscriptionState
from app.models import SuppressionReason as Reason
from app.public import taking
from app.services import suppressions
from app.services.doctor.lookup import Dns
from app.services.guard import Visit, receiving, work
from app.settings import Settings
from app.signup_limits import SignupLimits
from app.tokens import Purpose
from app.web import same_time
from tests.fake_dns import fake_dns
from tests.flows.newsletter import hidden_fields
from worker.delivery.claims import claim_notices

PENDING = SubscriptionState.PENDING
ANA = "ana@example.org"


@pytest.fixture
def set_up(newsletter, monkeypatch):
    """Change settings of the installation for this test."""

    def change(**changes: object) -> Settings:
        here = newsletter.installation
        monkeypatch.setitem(
            newsletter.app.extensions,
            "communique",
            replace(here, settings=here.settings.model_copy(update=changes)),
        )

    newsletter.offer("statements")
    return change


@pytest.fixture
def quick(monkeypatch):
    """Answers don't wait for a whole step, where a test takes many."""
    monkeypatch.setattr(same_time, "STEP", 0.001)


def solved(token: str) -> str:
    return next(str(number) for number in count() if work.is_done(token, str(number)))


def sign_up(newsletter, address, client="192.0.2.1", **fields):
    data = {**newsletter.form(), "email": address, "topic": "statements", **fields}
    return newsletter.client.post("/subscribe", data=data, environ_overrides={"REMOTE_ADDR": client})


def told(answer):
    """All that whoever signs up can see."""
    return answer.status, answer.data, tuple(answer.headers)


def sent(session, now) -> list[str]:
    """Let the worker send what is due; gives to whom."""
    session.rollback()
    found = []
    for claim in claim_notices(session, worker="w", most=1000, now=now).claims:
        delivery = session.get(Delivery, claim.delivery_id, populate_existing=True)
        delivery.state, delivery.sent_at = DeliveryState.SENT, now
        found.append(session.get(Subscriber, delivery.subscriber_id).address)
    session.commit()
    return found


def test_a_form_that_comes_back_at_once_was_filled_in_by_a_robot(newsletter, set_up):
    set_up(signup_limits=SignupLimits(form_seconds=2))
    robot = newsletter.sign_up(ANA)
    with time_machine.travel(utc_now() - timedelta(seconds=2)):
        form = newsletter.form()
    person = newsletter.client.post("/subscribe", data={**form, "email": "ben@example.org", "topic": "statements"})
    assert (robot.status_code, robot.data, list(robot.headers)) == (
        person.status_code,
        person.data,
        list(person.headers),
    )
    assert newsletter.standing(ANA) == {}
    assert newsletter.standing("ben@example.org") == {"statements": PENDING}


@pytest.mark.parametrize(("site", "status"), [("cross-site", 400), ("same-site", 400), ("same-origin", 303)])
def test_a_browser_that_comes_from_another_site_is_shown_the_form(newsletter, set_up, site, status):
    data = {**newsletter.form(), "email": ANA, "topic": "statements"}
    assert newsletter.client.post("/subscribe", data=data, headers={"Sec-Fetch-Site": site}).status_code == status
    assert bool(newsletter.standing(ANA)) is (status == 303)


def test_mending_a_mistake_takes_no_minimum_time(newsletter, set_up):
    set_up(signup_limits=SignupLimits(form_seconds=2))
    with time_machine.travel(utc_now() - timedelta(seconds=3)):
        form = newsletter.form()
    again = newsletter.client.post("/subscribe", data={**form, "email": "ana@", "topic": "statements"})
    newsletter.client.post("/subscribe", data={**hidden_fields(again.text), "email": ANA, "topic": "statements"})
    assert newsletter.standing(ANA) == {"statements": PENDING}


def test_an_old_form_that_comes_back_can_be_sent_at_once(newsletter, set_up):
    set_up(signup_limits=SignupLimits(form_seconds=2))
    with time_machine.travel(utc_now() - timedelta(hours=5)):
        form = newsletter.form()
    again = newsletter.client.post("/subscribe", data={**form, "email": ANA, "topic": "statements"})
    assert again.status_code == 400
    newsletter.client.post("/subscribe", data={**hidden_fields(again.text), "email": ANA, "topic": "statements"})
    assert newsletter.standing(ANA) == {"statements": PENDING}


def test_a_form_in_two_tabs_and_after_the_back_button_works_and_a_replay_is_not_heard(newsletter, set_up):
    first, second = newsletter.form(), newsletter.form()
    for form, address in ((first, ANA), (second, "ben@example.org"), (first, "anna@example.org"), (first, ANA)):
        answer = newsletter.client.post("/subscribe", data={**form, "email": address, "topic": "statements"})
        assert answer.status_code == 303
    assert newsletter.session.query(ConsentEvent).count() == 3
    assert {len(newsletter.mails(address)) for address in (ANA, "ben@example.org", "anna@example.org")} == {1}


def test_a_second_wish_within_the_day_brings_no_second_mail_unless_it_names_something_new(newsletter, set_up):
    newsletter.offer("statements", "education")
    newsletter.sign_up(ANA)
    newsletter.sign_up(ANA)
    assert len(newsletter.mails(ANA)) == 1
    newsletter.sign_up(ANA, "education")
    waiting = newsletter.mails(ANA)[-1]
    assert waiting.state is DeliveryState.DEFERRED
    assert waiting.next_attempt_at - newsletter.mails(ANA)[0].created_at >= timedelta(hours=23)
    with time_machine.travel(utc_now() + timedelta(hours=1)):
        newsletter.sign_up(ANA, "education", "statements")
    assert newsletter.mails(ANA)[-1].next_attempt_at == waiting.next_attempt_at


def test_an_address_that_never_answers_gets_three_mails_in_thirty_days(newsletter, set_up):
    for day in range(12):
        with time_machine.travel(utc_now() + timedelta(days=day, minutes=day)):
            newsletter.sign_up(ANA)
            sent(newsletter.session, utc_now())
    assert len(newsletter.mails(ANA)) == 3


def test_whoever_is_subscribed_gets_one_helping_mail_a_day(newsletter, set_up):
    newsletter.join(ANA)
    for _ in range(3):
        newsletter.sign_up(ANA)
    with time_machine.travel(utc_now() + timedelta(hours=25)):
        newsletter.sign_up(ANA)
    kinds = [mail.kind for mail in newsletter.mails(ANA)]
    assert kinds == [DeliveryKind.CONFIRMATION, *[DeliveryKind.ALREADY_SUBSCRIBED] * 2]


def test_a_likely_slip_is_asked_about_and_each_answer_does_what_it_says(newsletter, set_up):
    set_up(signup_limits=SignupLimits(form_seconds=2))
    with time_machine.travel(utc_now() - timedelta(seconds=3)):
        form = newsletter.form()
    asked = newsletter.client.post("/subscribe", data={**form, "email": "ana@gmial.com", "topic": "statements"})
    assert asked.status_code == 200
    page = BeautifulSoup(asked.text, "lxml")
    assert "Did you mean ana@gmail.com?" in page.find(id="question").get_text()
    assert newsletter.session.query(Subscriber).count() == 0
    kept = {**hidden_fields(asked.text), "topic": "statements"}
    use, keep, change = page.select("button[name=spelling]")
    back = newsletter.client.post("/subscribe", data={**kept, "spelling": change["value"]})
    assert BeautifulSoup(back.text, "lxml").find(id="email", type="email")["value"] == "ana@gmial.com"
    for button in (use, keep):
        assert newsletter.client.post("/subscribe", data={**kept, "spelling": button["value"]}).status_code == 303
    assert newsletter.standing("ana@gmail.com") == newsletter.standing("ana@gmial.com") == {"statements": PENDING}


def test_a_slip_on_another_site_is_asked_about_on_ours(newsletter, set_up):
    data = {"email": "ana@gmial.com", "return": "https://opendoors.example/thanks", "topic": "statements"}
    fields = {**data, "consent_version": newsletter.form()["consent_version"]}
    asked = newsletter.client.post("/embed/subscribe", data=fields, headers={"Origin": "https://opendoors.example"})
    assert "Did you mean ana@gmail.com?" in asked.text
    kept = {**hidden_fields(asked.text), "topic": "statements", "spelling": "ana@gmail.com"}
    assert newsletter.client.post("/subscribe", data=kept).status_code == 303
    assert newsletter.standing("ana@gmail.com") == {"statements": PENDING}


@pytest.mark.parametrize(
    ("domain", "is_told"),
    [("no-mail.test", True), ("nowhere.test", True), ("mx.test", False), ("host.test", False), ("broken.test", False)],
)
def test_domains_that_can_not_receive_are_told_at_once(newsletter, set_up, monkeypatch, redis_url, domain, is_told):
    records = {
        "no-mail.test": {"MX": ["0 ."]},
        "mx.test": {"MX": ["10 mail.mx.test."]},
        "host.test": {"A": ["192.0.2.7"]},
    }
    set_up(environment="production", signup_limits=SignupLimits(form_seconds=0))
    monkeypatch.setattr(receiving, "recall", lambda settings, name: None)
    with fake_dns(records) as dns:
        dns.failing.add("broken.test")
        monkeypatch.setattr(receiving, "Dns", lambda seconds: Dns(dns.resolver, seconds))
        answer = newsletter.sign_up(f"ana@{domain}")
    assert ("No mail can be sent to" in answer.text) is is_told
    assert (newsletter.standing(f"ana@{domain}") == {}) is is_told


def test_nothing_that_a_stranger_types_is_in_the_mail(newsletter, set_up, settings):
    words = "http://evil.example/buy"
    newsletter.sign_up(ANA, name=words, first_name=words, subject=words, language=words, source=words)
    (mail,) = newsletter.mails(ANA)
    assert "evil" not in repr(
        [vars(mail), vars(newsletter.subscriber(ANA)), vars(newsletter.session.query(ConsentEvent).one())]
    )


def test_a_made_up_forwarding_header_moves_nobody_into_another_network(newsletter, set_up, quick):
    for number in range(11):
        newsletter.client.post(
            "/subscribe",
            data={**newsletter.form(), "email": f"p{number}@example.org", "topic": "statements"},
            headers={"X-Forwarded-For": f"203.0.{number}.1"},
        )
    assert len(sent(newsletter.session, utc_now())) == 10


def test_the_address_of_a_role_waits_for_staff(newsletter, set_up):
    answer, ordinary = newsletter.sign_up("abuse@example.org"), newsletter.sign_up(ANA)
    assert told(answer) == told(ordinary)
    assert newsletter.standing("abuse@example.org") == {"statements": PENDING}
    assert newsletter.mails("abuse@example.org") == []


def test_without_redis_the_confirmation_comes_later(newsletter, set_up, settings, monkeypatch):
    away = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    monkeypatch.setitem(newsletter.app.extensions, taking._KEY, taking.Guard(away))
    assert newsletter.sign_up(ANA).status_code == 303
    assert sent(newsletter.session, utc_now()) == []
    assert sent(newsletter.session, utc_now() + timedelta(minutes=31)) == [ANA]


def test_a_sign_up_that_failed_is_heard_when_the_button_is_pressed_again(newsletter, set_up, monkeypatch):
    form = {**newsletter.form(), "email": ANA, "topic": "statements"}
    with monkeypatch.context() as broken:
        broken.setattr(taking.signup, "request", lambda *_, **__: 1 / 0)
        assert newsletter.client.post("/subscribe", data=form).status_code == 500
    newsletter.client.post("/subscribe", data=form)
    assert newsletter.standing(ANA) == {"statements": PENDING}


def test_every_kind_of_address_gets_the_same_bytes(newsletter, set_up):
    newsletter.sign_up("pending@example.org")
    newsletter.join("confirmed@example.org")
    for reason in (Reason.COMPLAINT, Reason.REFUSED, Reason.ERASED, Reason.HARD):
        person = newsletter.join(f"{reason.value}@example.org")
        suppressions.add(newsletter.session, person.address_hmac, reason)
    newsletter.session.commit()
    names = ["new", "pending", "confirmed", "complaint", "refused", "erased", "hard", "abuse"]
    answers = [sign_up(newsletter, f"{name}@example.org", "198.51.100.1") for name in names]
    for number in range(70):
        others = Visit(EmailAddress.parse(f"p{number}@place{number}.example"), "198.51.100.1")
        newsletter.app.extensions[taking._KEY].judge(others, "auto", utc_now())
    answers += [sign_up(newsletter, "over@example.org", "198.51.100.1")]
    assert newsletter.standing("over@example.org") == {}
    answers += [sign_up(newsletter, ANA, remarks="trapped")]
    assert len({told(answer) for answer in answers}) == 1


def test_an_attack_reaches_its_victims_once_and_everybody_else_gets_their_mail(newsletter, set_up, quick):
    """300 sign-ups from 60 networks against five victims; meanwhile ten people, some without JavaScript."""
    tokens, now = newsletter.installation.tokens, utc_now()
    base = newsletter.form()
    victims = [f"victim{number}@example.net" for number in range(5)]

    def submit(number, address, client, *, works=False):
        token = tokens.make(Purpose.FORM, f"copy{number}", int(now.timestamp() * 1000) - 5000)
        fields = {**base, "form_token": token, "email": address, "work": solved(token) if works else ""}
        answer = newsletter.client.post("/subscribe", data=fields, environ_overrides={"REMOTE_ADDR": client})
        assert answer.status_code == 303

    honest = [f"reader{number}@example.com" for number in range(10)]
    for number in range(300):
        submit(number, victims[number % 5], f"10.0.{number % 60}.{number % 250}")
        if number % 30 == 29:
            place = number // 30
            submit(1000 + number, honest[place], f"10.1.{place}.1", works=place % 2 == 0)
    assert 'data-work="15"' in newsletter.get("/subscribe").text
    at_once = sent(newsletter.session, utc_now())
    assert {*victims, *honest[::2]} <= set(at_once)
    later = [name for hour in range(1, 25) for name in sent(newsletter.session, utc_now() + timedelta(hours=hour))]
    assert sorted([*at_once, *later]) == sorted([*victims, *honest])
    assert newsletter.session.scalars(select(Delivery.id).where(Delivery.state == DeliveryState.DEFERRED)).all() == []
