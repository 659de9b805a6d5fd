"""Redis was emptied: limits go on from what the ledger knows, and nobody gets a second helping."""

from datetime import timedelta

import pytest

from app.models import Delivery, DeliveryKind, DeliveryState
from tests.factories import subscriber
from tests.integration.throttling import Hands, throttle


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def people(session, settings):
    """The address of a domain to its subscriber's id."""
    made = {name: subscriber(session, settings, f"reader@{name}").id for name in ("gmail.com", "example.org")}
    session.commit()
    return made


@pytest.fixture
def record(session, people, clock):
    """Write into the ledger what was sent."""

    def record(number, *, domain="example.org", ago=timedelta(0), **changes):
        values = {"state": DeliveryState.SENT, "relay": "a", "sent_at": clock() - ago, **changes}
        session.add_all(
            Delivery(kind=DeliveryKind.CONFIRMATION, subscriber_id=people[domain], **values) for _ in range(number)
        )
        session.commit()

    return record


def asked_until_counted(made, clock, ask):
    """What is had from the moment on at which Redis is found empty; all that was given until it was counted."""
    early = 0
    for _ in range(20):
        early += ask()
        if "counting" not in made.reason:
            break
        clock.move(0.2)
    return early


def test_what_the_hour_and_the_day_have_seen_is_counted_anew(redis, redis_url, database, clock, record):
    made = throttle(redis_url, database, "name=a&per_hour=60&per_day=90", clock=clock)
    record(20, ago=timedelta(minutes=50))
    record(30, ago=timedelta(hours=5))
    record(15, ago=timedelta(hours=25))
    record(7, relay="b")
    clock.move(1)
    assert made.relays({"a": 100})["a"] == 0
    assert made.reason == "counting what relay a was given lately"
    assert made.wait == pytest.approx(1.5)
    assert asked_until_counted(made, clock, lambda: made.relays({"a": 100})["a"]) == 39
    record(40)
    redis.flushdb()
    assert asked_until_counted(made, clock, lambda: made.relays({"a": 100})["a"]) == 0
    assert made.reason.startswith("relay a has sent its 90 for today")
    clock.move(timedelta(hours=19, minutes=20).total_seconds())
    assert made.relays({"a": 100})["a"] == 29


def test_what_is_on_its_way_or_may_have_arrived_counts_as_sent(redis, redis_url, database, clock, record):
    del redis
    lease = {"claimed_by": "somebody", "lease_until": clock() + timedelta(minutes=30)}
    record(3, state=DeliveryState.SENDING, sent_at=None, relay=None, **lease)
    record(2, state=DeliveryState.UNKNOWN, sent_at=None, relay=None, unknown_since=clock() - timedelta(minutes=9))
    record(4, state=DeliveryState.UNKNOWN, sent_at=None, relay=None, unknown_since=clock() - timedelta(minutes=90))
    record(1, state=DeliveryState.BOUNCED)
    made = throttle(redis_url, database, "name=a&per_hour=60", clock=clock)
    assert asked_until_counted(made, clock, lambda: made.relays({"a": 100})["a"]) == 53


def test_a_group_is_counted_over_all_relays_by_the_readers_domains(redis, redis_url, database, clock, record):
    del redis
    record(8, domain="gmail.com", relay="b")
    record(5, domain="gmail.com", relay="a")
    record(9, domain="example.org")
    made = throttle(redis_url, database, "name=a", "googlemail.com 50/h 5/s", clock=clock)
    early = asked_until_counted(made, clock, lambda: made.group("gmail.com", 100))
    total = early
    for _ in range(1000):
        total += made.group("gmail.com", 100)
        clock.move(0.1)
    assert total == 49 - 13


def test_permits_of_before_are_not_given_back_into_what_was_counted_anew(redis, redis_url, database, clock, record):
    made = throttle(redis_url, database, "name=a&per_hour=60", clock=clock)
    assert asked_until_counted(made, clock, lambda: made.relays({"a": 50})["a"]) == 50
    record(50)
    redis.flushdb()
    assert asked_until_counted(made, clock, lambda: made.relays({"a": 100})["a"]) == 9
    redis.flushdb()
    record(10)
    asked_until_counted(made, clock, lambda: made.relays({"a": 100})["a"])
    made.give_back("a", 60)
    assert made.relays({"a": 100})["a"] == 0


def test_only_one_process_counts_and_the_others_wait(redis, redis_url, database, clock, record):
    record(10)
    one, other = (throttle(redis_url, database, "name=a&per_hour=60", clock=clock) for _ in range(2))
    one.relays({"a": 1})
    clock.move(2)
    redis.set("communique:limit:relay:a:hour:lock", "a process that counts")
    assert [made.relays({"a": 100})["a"] for made in (one, other, one, other)] == [0, 0, 0, 0]
    redis.delete("communique:limit:relay:a:hour:lock")
    assert one.relays({"a": 100})["a"] == 0
    assert other.relays({"a": 100})["a"] == 49


def test_a_count_that_took_so_long_that_redis_was_emptied_meanwhile_is_thrown_away(
    redis, redis_url, database, clock, monkeypatch
):
    made = throttle(redis_url, database, "name=a&per_hour=60", clock=clock)
    made.relays({"a": 1})
    clock.move(2)
    count = made._ledger.of_relay

    def slow(*arguments, **options):
        found = count(*arguments, **options)
        redis.flushdb()
        return found

    monkeypatch.setattr(made._ledger, "of_relay", slow)
    assert made.relays({"a": 1})["a"] == 0
    assert redis.keys("*") == []


def test_emptied_in_the_middle_of_a_send_a_second_never_holds_more(redis, redis_url, database, clock):
    made = throttle(redis_url, database, "name=a&per_second=100", clock=clock)
    moments = []
    for step in range(400):
        moments += [clock.milliseconds()] * made.relays({"a": 100})["a"]
        clock.move(0.013)
        if step % 40 == 39:
            redis.flushdb()
    assert max(sum(1 for other in moments if moment <= other < moment + 1000) for moment in moments) <= 100
    assert len(moments) > 250
