"""Attacks on the sign-up form, as staff hear of them: when one begins and when it is over, once each."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.mail.address import EmailAddress
from app.mail.lint import errors
from app.models import Letter, Role, SignupAttack, SiteSetting
from app.services import access, signup, topics
from app.services.consent import Origin
from app.services.editions import Press
from app.services.guard import Guard, Visit, attack
from app.services.notices import check
from app.services.signup import Ask
from tests import factories
from worker.delivery.sweep import keep_time

NOW = factories.NOW
PASSWORD = "a password that is long enough"


@pytest.fixture
def staff(session, redis):
    for name, role in {"ana": Role.ADMIN, "ben": Role.APPROVER, "cleo": Role.AUTHOR}.items():
        access.add_staff(session, f"{name}@opendoors.example", name.title(), PASSWORD).role = role
    session.commit()


def come(settings, number, now=NOW):
    guard = Guard(settings)
    for each in range(number):
        guard.judge(Visit(EmailAddress.parse(f"p{each}@place{each}.example"), f"10.0.{each % 256}.1"), "auto", now)


def sweep(session, settings, **later):
    list(keep_time(session, settings, now=NOW + timedelta(**later)))
    session.commit()


def told(session):
    return [
        (letter.recipient.partition("@")[0], letter.subject)
        for letter in session.scalars(select(Letter).order_by(Letter.id))
    ]


def test_staff_are_told_once_when_an_attack_begins_and_once_when_it_is_over(session, settings, staff):
    come(settings, 100)
    sweep(session, settings)
    assert told(session) == []
    come(settings, 50)
    sweep(session, settings)
    sweep(session, settings, seconds=5)
    begun = [(name, "The sign-up form is under attack") for name in ("ana", "ben")]
    assert told(session) == begun
    assert attack.current(session).most == 150
    for letter in session.scalars(select(Letter)):
        assert errors(check(Press.from_settings(settings), letter.content)) == []
    come(settings, 70, NOW + timedelta(minutes=10))
    sweep(session, settings, minutes=11)
    assert attack.current(session).most == 220
    sweep(session, settings, minutes=75)
    sweep(session, settings, minutes=76)
    assert told(session) == [*begun, *[(name, "The attack on the sign-up form is over") for name in ("ana", "ben")]]
    assert attack.current(session) is None


def test_whoever_has_switched_the_guard_off_is_not_told(session, settings, staff):
    session.add(SiteSetting(name="signup_guard", value="off", changed_at=NOW))
    session.commit()
    come(settings, 150)
    sweep(session, settings)
    assert told(session) == []


def test_what_is_usual_grows_with_the_sign_ups_of_thirty_days(session, settings, redis):
    assert attack.usual(session, settings, now=NOW) == settings.signup_limits.site_hour
    ask = Ask(EmailAddress.parse("ana@example.org"), [topics.ensure(session, "statements", "Statements")], "en")
    person = signup.request(session, ask, Origin("/subscribe"), settings=settings, now=NOW)
    row = "INSERT INTO consent_events (subscriber_id, kind, topic_ids, source, language, network, detail, created_at)"
    values = "SELECT :id, 'requested', '{}', '', 'en', '', '', :at FROM generate_series(1, 7919)"
    session.execute(text(f"{row} {values}"), {"id": person.id, "at": NOW - timedelta(days=3)})
    assert attack.usual(session, settings, now=NOW) == 110
    assert attack.usual(session, settings, now=NOW + timedelta(days=40)) == settings.signup_limits.site_hour


def test_an_attack_that_lasts_does_not_become_usual(session, settings, redis):
    ask = Ask(EmailAddress.parse("ana@example.org"), [topics.ensure(session, "statements", "Statements")], "en")
    person = signup.request(session, ask, Origin("/subscribe"), settings=settings, now=NOW)
    row = "INSERT INTO consent_events (subscriber_id, kind, topic_ids, source, language, network, detail, created_at)"
    values = "SELECT :id, 'requested', '{}', '', 'en', '', '', :at FROM generate_series(1, 20000)"
    session.execute(text(f"{row} {values}"), {"id": person.id, "at": NOW - timedelta(days=2)})
    session.add(SignupAttack(began_at=NOW - timedelta(days=3), most=300, usual=100))
    session.flush()
    assert attack.usual(session, settings, now=NOW) == settings.signup_limits.site_hour


def test_without_redis_nobody_is_told_anything(session, settings, staff):
    attack.watch(session, settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}), now=NOW)
    assert session.scalars(select(SignupAttack)).all() == []
